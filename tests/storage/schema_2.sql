BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('v3.2.0.a');
CREATE TABLE autotune_ablation_runs (
	ablation INTEGER NOT NULL, 
	fingerprint VARCHAR(16) NOT NULL, 
	change TEXT NOT NULL, 
	seed INTEGER NOT NULL, 
	result TEXT NOT NULL, 
	PRIMARY KEY (ablation, fingerprint), 
	FOREIGN KEY(ablation) REFERENCES autotune_ablations (id)
);
INSERT INTO "autotune_ablation_runs" VALUES(1,'ba8a7f20969c2340','',1,'{"score": 0.9166666666666666, "cause": "finished", "epoch_seconds": 0.016, "best_epoch": 2, "epochs": 3, "seconds": 0.159, "parameters": 9351, "micro_batches": 1, "notes": [], "validation": {"accuracy": 0.9166666666666666, "macro_f1": 0.9126148705096072, "log_loss": 0.9367377161979675}, "train_loss": 0.961158037185669}');
INSERT INTO "autotune_ablation_runs" VALUES(1,'1aa6f5d6d126bfc2','text.unit=subword',1,'{"score": 0.9166666666666666, "cause": "finished", "epoch_seconds": 0.0207, "best_epoch": 2, "epochs": 3, "seconds": 0.132, "parameters": 18586, "micro_batches": 1, "notes": [], "validation": {"accuracy": 0.9166666666666666, "macro_f1": 0.9126148705096072, "log_loss": 0.9388393759727478}, "train_loss": 0.960066556930542}');
INSERT INTO "autotune_ablation_runs" VALUES(1,'2558df790368a1bb','optimizer.name=sgd',1,'{"score": 0.9166666666666666, "cause": "finished", "epoch_seconds": 0.017, "best_epoch": 1, "epochs": 3, "seconds": 0.069, "parameters": 9351, "micro_batches": 1, "notes": [], "validation": {"accuracy": 0.9166666666666666, "macro_f1": 0.9126148705096072, "log_loss": 0.7301803231239319}, "train_loss": 0.9986077944437662}');
INSERT INTO "autotune_ablation_runs" VALUES(1,'3170ac1dc9e793aa','learning_rate.relative=0.1',1,'{"score": 0.3333333333333333, "cause": "finished", "epoch_seconds": 0.0197, "best_epoch": 1, "epochs": 3, "seconds": 0.078, "parameters": 9351, "micro_batches": 1, "notes": [], "validation": {"accuracy": 0.3333333333333333, "macro_f1": 0.16666666666666666, "log_loss": 1.0953315496444702}, "train_loss": 1.0997289816538494}');
INSERT INTO "autotune_ablation_runs" VALUES(1,'ecd5b88747c2e514','dropout.embedding=0.0',1,'{"score": 0.9166666666666666, "cause": "finished", "epoch_seconds": 0.0151, "best_epoch": 2, "epochs": 3, "seconds": 0.062, "parameters": 9351, "micro_batches": 1, "notes": [], "validation": {"accuracy": 0.9166666666666666, "macro_f1": 0.9126148705096072, "log_loss": 0.9325420260429382}, "train_loss": 0.9371910095214844}');
CREATE TABLE autotune_ablations (
	id INTEGER NOT NULL, 
	study VARCHAR(512) NOT NULL, 
	data VARCHAR(16) NOT NULL, 
	base VARCHAR(16) NOT NULL, 
	metric VARCHAR(16) NOT NULL, 
	config TEXT NOT NULL, 
	seconds FLOAT NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (study, data, base, metric)
);
INSERT INTO "autotune_ablations" VALUES(1,'reviews','3f23e5ceb9e7d5d2','38a266aae8a4d3b3','accuracy','{"text.unit": "word", "text.lowercase": true, "text.vocabulary_size": 30000, "text.minimum_frequency": 2, "text.maximum_length": 256, "text.ngrams": 2, "text.character_ngrams": 5, "text.ngram_vocabulary": 100000, "optimizer.name": "adam", "optimizer.beta1": 0.9, "optimizer.beta2": 0.999, "learning_rate.initial": 0.001, "learning_rate.schedule": "constant", "learning_rate.warmup_epochs": 0.0, "dropout.embedding": 0.2, "dropout.head": 0.0, "initialization.name": "default", "initialization.embedding_scale": 0.1, "early_stopping.max_epochs": 3, "early_stopping.patience": 3, "early_stopping.min_improvement": 0.0, "early_stopping.metric": "objective", "regularization.l1": 0.0, "regularization.l2": 0.0, "regularization.weight_decay": 0.0, "pretraining.method": "none", "pretraining.dimension": 100, "activation.hidden_width": 0, "encoder.name": "none", "pooling.name": "average", "shuffling.enabled": true, "batch_size.initial": 32, "batch_size.growth": "none", "loss.label_smoothing": 0.0, "loss.class_weights": "none", "seed": 0}',8.0);
CREATE TABLE autotune_schema (
	version VARCHAR(16) NOT NULL, 
	PRIMARY KEY (version)
);
INSERT INTO "autotune_schema" VALUES('2');
CREATE TABLE studies (
	study_id INTEGER NOT NULL, 
	study_name VARCHAR(512) NOT NULL, 
	PRIMARY KEY (study_id)
);
INSERT INTO "studies" VALUES(1,'reviews');
CREATE TABLE study_directions (
	study_direction_id INTEGER NOT NULL, 
	direction VARCHAR(8) NOT NULL, 
	study_id INTEGER NOT NULL, 
	objective INTEGER NOT NULL, 
	PRIMARY KEY (study_direction_id), 
	UNIQUE (study_id, objective), 
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
INSERT INTO "study_directions" VALUES(1,'MAXIMIZE',1,0);
CREATE TABLE study_system_attributes (
	study_system_attribute_id INTEGER NOT NULL, 
	study_id INTEGER, 
	"key" VARCHAR(512), 
	value_json TEXT, 
	PRIMARY KEY (study_system_attribute_id), 
	UNIQUE (study_id, "key"), 
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
CREATE TABLE study_user_attributes (
	study_user_attribute_id INTEGER NOT NULL, 
	study_id INTEGER, 
	"key" VARCHAR(512), 
	value_json TEXT, 
	PRIMARY KEY (study_user_attribute_id), 
	UNIQUE (study_id, "key"), 
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
INSERT INTO "study_user_attributes" VALUES(1,1,'autotune:plan','{"autotune": "0.1.0", "source": {"data": "/data/toy.csv", "validation": null, "test": null, "text": null, "label": null, "validation_fraction": 0.1, "test_fraction": 0.1, "seed": 0, "unlabeled": null}, "fingerprint": "3f23e5ceb9e7d5d2", "space": {"name": "quick", "description": "The few parameters that matter most, in cheap and strong values, for the first minutes.", "parameters": {"text.unit": {"type": "categorical", "choices": ["word", "subword"], "default": "word"}, "text.ngrams": {"type": "categorical", "choices": [1, 2, 3], "default": 2}, "text.character_ngrams": {"type": "categorical", "choices": [0, 5, 7], "default": 5}, "learning_rate.relative": {"type": "float", "low": 0.3, "high": 5.0, "log": true, "default": 1.0}, "dropout.embedding": {"type": "float", "low": 0.0, "high": 0.6, "step": 0.2, "default": 0.2}, "dropout.head": {"type": "float", "low": 0.0, "high": 0.6, "step": 0.1, "default": 0.0}, "pretraining.dimension": {"type": "categorical", "choices": [100, 200, 300], "default": 100}, "pooling.name": {"type": "categorical", "choices": ["max", "average", "attention"], "default": "average"}, "batch_size.initial": {"type": "categorical", "choices": [16, 32, 64], "default": 32}, "loss.label_smoothing": {"type": "categorical", "choices": [0.0, 0.1], "default": 0.0}}, "fixed": {"optimizer.name": "adam", "learning_rate.schedule": "constant", "early_stopping.patience": 3, "encoder.layers": 1, "encoder.bidirectional": true, "encoder.name": "none", "early_stopping.max_epochs": 3}}, "metric": "accuracy", "trials": 3, "seconds": null, "seed": 0, "workers": 1, "trial_seconds": null}');
INSERT INTO "study_user_attributes" VALUES(2,1,'autotune:baselines','{"majority class": {"accuracy": 0.375, "macro_f1": 0.1818181818181818, "log_loss": 1.0937193632125854}, "TF-IDF on words + logistic regression": {"accuracy": 0.9166666666666666, "macro_f1": 0.9126148705096072, "log_loss": 0.5319082736968994}}');
INSERT INTO "study_user_attributes" VALUES(3,1,'autotune:searched_seconds','7.0');
INSERT INTO "study_user_attributes" VALUES(4,1,'autotune:final','{"trial": 0, "rows": 24, "test": {"accuracy": 0.9166666666666666, "macro_f1": 0.9153439153439153, "log_loss": 0.9231471419334412}, "intervals": {"accuracy": [0.7916666666666666, 1.0], "macro_f1": [0.7777338603425559, 1.0], "log_loss": [0.8903559684753418, 0.9621900916099548]}, "baselines": {"majority class": {"accuracy": 0.375, "macro_f1": 0.1818181818181818, "log_loss": 1.0937193632125854}, "TF-IDF on words + logistic regression": {"accuracy": 0.9583333333333334, "macro_f1": 0.9581699346405229, "log_loss": 0.4872695207595825}}, "notes": []}');
CREATE TABLE trial_heartbeats (
	trial_heartbeat_id INTEGER NOT NULL, 
	trial_id INTEGER NOT NULL, 
	heartbeat DATETIME NOT NULL, 
	PRIMARY KEY (trial_heartbeat_id), 
	UNIQUE (trial_id), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
CREATE TABLE trial_intermediate_values (
	trial_intermediate_value_id INTEGER NOT NULL, 
	trial_id INTEGER NOT NULL, 
	step INTEGER NOT NULL, 
	intermediate_value FLOAT, 
	intermediate_value_type VARCHAR(7) NOT NULL, 
	PRIMARY KEY (trial_intermediate_value_id), 
	UNIQUE (trial_id, step), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_intermediate_values" VALUES(1,1,1,7.0833333333333337034e-01,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(2,1,2,9.16666666666666629659e-01,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(3,1,3,9.16666666666666629659e-01,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(4,2,1,9.16666666666666629659e-01,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(5,2,2,9.16666666666666629659e-01,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(6,2,3,9.16666666666666629659e-01,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(7,3,1,0.875,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(8,3,2,9.16666666666666629659e-01,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(9,3,3,9.16666666666666629659e-01,'FINITE');
CREATE TABLE trial_params (
	param_id INTEGER NOT NULL, 
	trial_id INTEGER, 
	param_name VARCHAR(512), 
	param_value FLOAT, 
	distribution_json TEXT, 
	PRIMARY KEY (param_id), 
	UNIQUE (trial_id, param_name), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_params" VALUES(1,1,'text.unit',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["word", "subword"]}}');
INSERT INTO "trial_params" VALUES(2,1,'text.ngrams',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [1, 2, 3]}}');
INSERT INTO "trial_params" VALUES(3,1,'text.character_ngrams',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [0, 5, 7]}}');
INSERT INTO "trial_params" VALUES(4,1,'learning_rate.relative',1.0,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.3, "high": 5.0, "log": true}}');
INSERT INTO "trial_params" VALUES(5,1,'dropout.embedding',0.2,'{"name": "FloatDistribution", "attributes": {"step": 0.2, "low": 0.0, "high": 0.6, "log": false}}');
INSERT INTO "trial_params" VALUES(6,1,'dropout.head',0.0,'{"name": "FloatDistribution", "attributes": {"step": 0.1, "low": 0.0, "high": 0.6, "log": false}}');
INSERT INTO "trial_params" VALUES(7,1,'pretraining.dimension',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [100, 200, 300]}}');
INSERT INTO "trial_params" VALUES(8,1,'pooling.name',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["max", "average", "attention"]}}');
INSERT INTO "trial_params" VALUES(9,1,'batch_size.initial',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [16, 32, 64]}}');
INSERT INTO "trial_params" VALUES(10,1,'loss.label_smoothing',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [0.0, 0.1]}}');
INSERT INTO "trial_params" VALUES(11,2,'text.unit',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["word", "subword"]}}');
INSERT INTO "trial_params" VALUES(12,2,'text.ngrams',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [1, 2, 3]}}');
INSERT INTO "trial_params" VALUES(13,2,'text.character_ngrams',2.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [0, 5, 7]}}');
INSERT INTO "trial_params" VALUES(14,2,'learning_rate.relative',4.51410226589556451415e+00,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.3, "high": 5.0, "log": true}}');
INSERT INTO "trial_params" VALUES(15,2,'dropout.embedding',0.2,'{"name": "FloatDistribution", "attributes": {"step": 0.2, "low": 0.0, "high": 0.6, "log": false}}');
INSERT INTO "trial_params" VALUES(16,2,'dropout.head',0.5,'{"name": "FloatDistribution", "attributes": {"step": 0.1, "low": 0.0, "high": 0.6, "log": false}}');
INSERT INTO "trial_params" VALUES(17,2,'pretraining.dimension',2.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [100, 200, 300]}}');
INSERT INTO "trial_params" VALUES(18,2,'pooling.name',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["max", "average", "attention"]}}');
INSERT INTO "trial_params" VALUES(19,2,'batch_size.initial',2.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [16, 32, 64]}}');
INSERT INTO "trial_params" VALUES(20,2,'loss.label_smoothing',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [0.0, 0.1]}}');
INSERT INTO "trial_params" VALUES(21,3,'text.unit',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["word", "subword"]}}');
INSERT INTO "trial_params" VALUES(22,3,'text.ngrams',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [1, 2, 3]}}');
INSERT INTO "trial_params" VALUES(23,3,'text.character_ngrams',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [0, 5, 7]}}');
INSERT INTO "trial_params" VALUES(24,3,'learning_rate.relative',6.31492502333308225459e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.3, "high": 5.0, "log": true}}');
INSERT INTO "trial_params" VALUES(25,3,'dropout.embedding',0.6,'{"name": "FloatDistribution", "attributes": {"step": 0.2, "low": 0.0, "high": 0.6, "log": false}}');
INSERT INTO "trial_params" VALUES(26,3,'dropout.head',3.00000000000000044408e-01,'{"name": "FloatDistribution", "attributes": {"step": 0.1, "low": 0.0, "high": 0.6, "log": false}}');
INSERT INTO "trial_params" VALUES(27,3,'pretraining.dimension',2.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [100, 200, 300]}}');
INSERT INTO "trial_params" VALUES(28,3,'pooling.name',2.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["max", "average", "attention"]}}');
INSERT INTO "trial_params" VALUES(29,3,'batch_size.initial',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [16, 32, 64]}}');
INSERT INTO "trial_params" VALUES(30,3,'loss.label_smoothing',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [0.0, 0.1]}}');
CREATE TABLE trial_system_attributes (
	trial_system_attribute_id INTEGER NOT NULL, 
	trial_id INTEGER, 
	"key" VARCHAR(512), 
	value_json TEXT, 
	PRIMARY KEY (trial_system_attribute_id), 
	UNIQUE (trial_id, "key"), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_system_attributes" VALUES(1,1,'fixed_params','{"text.unit": "word", "text.ngrams": 2, "text.character_ngrams": 5, "learning_rate.relative": 1.0, "dropout.embedding": 0.2, "dropout.head": 0.0, "pretraining.dimension": 100, "pooling.name": "average", "batch_size.initial": 32, "loss.label_smoothing": 0.0}');
CREATE TABLE trial_user_attributes (
	trial_user_attribute_id INTEGER NOT NULL, 
	trial_id INTEGER, 
	"key" VARCHAR(512), 
	value_json TEXT, 
	PRIMARY KEY (trial_user_attribute_id), 
	UNIQUE (trial_id, "key"), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_user_attributes" VALUES(1,1,'fingerprint','"38a266aae8a4d3b3"');
INSERT INTO "trial_user_attributes" VALUES(2,1,'autotune:grace_epochs','0');
INSERT INTO "trial_user_attributes" VALUES(3,1,'autotune:result','{"score": 0.9166666666666666, "cause": "finished", "seed": 0, "best_epoch": 2, "epochs": 3, "seconds": 2.405, "parameters": 9351, "micro_batches": 1, "notes": [], "validation": {"accuracy": 0.9166666666666666, "macro_f1": 0.9126148705096072, "log_loss": 0.9361208081245422}, "train_loss": 0.9555946985880533}');
INSERT INTO "trial_user_attributes" VALUES(4,2,'fingerprint','"977a5a2df91dd0eb"');
INSERT INTO "trial_user_attributes" VALUES(5,2,'autotune:grace_epochs','0');
INSERT INTO "trial_user_attributes" VALUES(6,2,'autotune:result','{"score": 0.9166666666666666, "cause": "finished", "seed": 0, "best_epoch": 1, "epochs": 3, "seconds": 1.558, "parameters": 47976, "micro_batches": 1, "notes": [], "validation": {"accuracy": 0.9166666666666666, "macro_f1": 0.9126148705096072, "log_loss": 0.8817886710166931}, "train_loss": 1.0371264616648357}');
INSERT INTO "trial_user_attributes" VALUES(7,3,'fingerprint','"3260464be5281807"');
INSERT INTO "trial_user_attributes" VALUES(8,3,'autotune:grace_epochs','0');
INSERT INTO "trial_user_attributes" VALUES(9,3,'autotune:result','{"score": 0.9166666666666666, "cause": "finished", "seed": 0, "best_epoch": 2, "epochs": 3, "seconds": 2.679, "parameters": 128028, "micro_batches": 1, "notes": [], "validation": {"accuracy": 0.9166666666666666, "macro_f1": 0.9126148705096072, "log_loss": 1.0385664701461792}, "train_loss": 1.0369563102722168}');
CREATE TABLE trial_values (
	trial_value_id INTEGER NOT NULL, 
	trial_id INTEGER NOT NULL, 
	objective INTEGER NOT NULL, 
	value FLOAT, 
	value_type VARCHAR(7) NOT NULL, 
	PRIMARY KEY (trial_value_id), 
	UNIQUE (trial_id, objective), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_values" VALUES(1,1,0,9.16666666666666629659e-01,'FINITE');
INSERT INTO "trial_values" VALUES(2,2,0,9.16666666666666629659e-01,'FINITE');
INSERT INTO "trial_values" VALUES(3,3,0,9.16666666666666629659e-01,'FINITE');
CREATE TABLE trials (
	trial_id INTEGER NOT NULL, 
	number INTEGER, 
	study_id INTEGER, 
	state VARCHAR(8) NOT NULL, 
	datetime_start DATETIME, 
	datetime_complete DATETIME, 
	PRIMARY KEY (trial_id), 
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
INSERT INTO "trials" VALUES(1,0,1,'COMPLETE','2026-11-24 09:31:09.092524','2026-11-24 09:31:11.685950');
INSERT INTO "trials" VALUES(2,1,1,'COMPLETE','2026-11-24 09:31:11.695197','2026-11-24 09:31:13.292158');
INSERT INTO "trials" VALUES(3,2,1,'COMPLETE','2026-11-24 09:31:13.300564','2026-11-24 09:31:16.020976');
CREATE TABLE version_info (
	version_info_id INTEGER NOT NULL, 
	schema_version INTEGER, 
	library_version VARCHAR(256), 
	PRIMARY KEY (version_info_id), 
	CHECK (version_info_id=1)
);
INSERT INTO "version_info" VALUES(1,12,'5.0.0');
CREATE UNIQUE INDEX ix_studies_study_name ON studies (study_name);
CREATE INDEX ix_trials_study_id ON trials (study_id);
COMMIT;
