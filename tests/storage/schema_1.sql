BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('v3.2.0.a');
CREATE TABLE autotune_schema (
	version VARCHAR(16) NOT NULL, 
	PRIMARY KEY (version)
);
INSERT INTO "autotune_schema" VALUES('1');
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
INSERT INTO "study_user_attributes" VALUES(1,1,'autotune:plan','{"autotune": "0.1.0", "source": {"data": "/data/toy.csv", "validation": null, "test": null, "text": null, "label": null, "validation_fraction": 0.1, "test_fraction": 0.1, "seed": 0}, "fingerprint": "3f23e5ceb9e7d5d2", "space": {"name": "quick", "description": "The few parameters that matter most, in cheap and strong values, for the first minutes.", "parameters": {"text.unit": {"type": "categorical", "choices": ["word", "subword"], "default": "word"}, "learning_rate.relative": {"type": "float", "low": 0.3, "high": 5.0, "log": true, "default": 3.0}, "dropout.embedding": {"type": "float", "low": 0.0, "high": 0.6, "step": 0.2, "default": 0.2}, "dropout.head": {"type": "float", "low": 0.0, "high": 0.6, "step": 0.1, "default": 0.0}, "pretraining.dimension": {"type": "categorical", "choices": [100, 200, 300], "default": 100}, "pooling.name": {"type": "categorical", "choices": ["max", "average", "attention"], "default": "average"}, "batch_size.initial": {"type": "categorical", "choices": [16, 32, 64], "default": 32}}, "fixed": {"optimizer.name": "adam", "learning_rate.schedule": "constant", "early_stopping.patience": 3, "encoder.layers": 1, "encoder.bidirectional": true, "encoder.name": "none", "early_stopping.max_epochs": 3}}, "metric": "accuracy", "trials": 3, "seconds": null, "seed": 0, "workers": 1}');
INSERT INTO "study_user_attributes" VALUES(2,1,'autotune:baselines','{"majority class": {"accuracy": 0.375, "macro_f1": 0.1818181818181818, "log_loss": 1.0937193632125854}, "TF-IDF on words + logistic regression": {"accuracy": 0.9166666666666666, "macro_f1": 0.9126148705096072, "log_loss": 0.5319082736968994}}');
INSERT INTO "study_user_attributes" VALUES(3,1,'autotune:searched_seconds','13.3');
INSERT INTO "study_user_attributes" VALUES(4,1,'autotune:final','{"trial": 0, "rows": 24, "test": {"accuracy": 0.75, "macro_f1": 0.6962962962962962, "log_loss": 1.0524578094482422}, "intervals": {"accuracy": [0.5416666666666666, 0.9166666666666666], "macro_f1": [0.508019268313386, 0.866712962962963], "log_loss": [1.0316300451755525, 1.0740874320268632]}, "baselines": {"majority class": {"accuracy": 0.375, "macro_f1": 0.1818181818181818, "log_loss": 1.0937193632125854}, "TF-IDF on words + logistic regression": {"accuracy": 0.9583333333333334, "macro_f1": 0.9581699346405229, "log_loss": 0.4872695207595825}}, "notes": []}');
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
INSERT INTO "trial_intermediate_values" VALUES(1,1,1,5.41666666666666629659e-01,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(2,1,2,7.0833333333333337034e-01,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(3,1,3,0.625,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(4,2,1,3.33333333333333314829e-01,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(5,2,2,0.375,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(6,2,3,0.375,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(7,3,1,2.9166666666666668517e-01,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(8,3,2,3.33333333333333314829e-01,'FINITE');
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
INSERT INTO "trial_params" VALUES(2,1,'learning_rate.relative',3.0,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.3, "high": 5.0, "log": true}}');
INSERT INTO "trial_params" VALUES(3,1,'dropout.embedding',0.2,'{"name": "FloatDistribution", "attributes": {"step": 0.2, "low": 0.0, "high": 0.6, "log": false}}');
INSERT INTO "trial_params" VALUES(4,1,'dropout.head',0.0,'{"name": "FloatDistribution", "attributes": {"step": 0.1, "low": 0.0, "high": 0.6, "log": false}}');
INSERT INTO "trial_params" VALUES(5,1,'pretraining.dimension',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [100, 200, 300]}}');
INSERT INTO "trial_params" VALUES(6,1,'pooling.name',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["max", "average", "attention"]}}');
INSERT INTO "trial_params" VALUES(7,1,'batch_size.initial',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [16, 32, 64]}}');
INSERT INTO "trial_params" VALUES(8,2,'text.unit',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["word", "subword"]}}');
INSERT INTO "trial_params" VALUES(9,2,'learning_rate.relative',1.63533575430924615901e+00,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.3, "high": 5.0, "log": true}}');
INSERT INTO "trial_params" VALUES(10,2,'dropout.embedding',0.4,'{"name": "FloatDistribution", "attributes": {"step": 0.2, "low": 0.0, "high": 0.6, "log": false}}');
INSERT INTO "trial_params" VALUES(11,2,'dropout.head',0.2,'{"name": "FloatDistribution", "attributes": {"step": 0.1, "low": 0.0, "high": 0.6, "log": false}}');
INSERT INTO "trial_params" VALUES(12,2,'pretraining.dimension',2.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [100, 200, 300]}}');
INSERT INTO "trial_params" VALUES(13,2,'pooling.name',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["max", "average", "attention"]}}');
INSERT INTO "trial_params" VALUES(14,2,'batch_size.initial',2.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [16, 32, 64]}}');
INSERT INTO "trial_params" VALUES(15,3,'text.unit',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["word", "subword"]}}');
INSERT INTO "trial_params" VALUES(16,3,'learning_rate.relative',3.17559477243832821713e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.3, "high": 5.0, "log": true}}');
INSERT INTO "trial_params" VALUES(17,3,'dropout.embedding',0.6,'{"name": "FloatDistribution", "attributes": {"step": 0.2, "low": 0.0, "high": 0.6, "log": false}}');
INSERT INTO "trial_params" VALUES(18,3,'dropout.head',0.5,'{"name": "FloatDistribution", "attributes": {"step": 0.1, "low": 0.0, "high": 0.6, "log": false}}');
INSERT INTO "trial_params" VALUES(19,3,'pretraining.dimension',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [100, 200, 300]}}');
INSERT INTO "trial_params" VALUES(20,3,'pooling.name',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["max", "average", "attention"]}}');
INSERT INTO "trial_params" VALUES(21,3,'batch_size.initial',2.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [16, 32, 64]}}');
CREATE TABLE trial_system_attributes (
	trial_system_attribute_id INTEGER NOT NULL, 
	trial_id INTEGER, 
	"key" VARCHAR(512), 
	value_json TEXT, 
	PRIMARY KEY (trial_system_attribute_id), 
	UNIQUE (trial_id, "key"), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_system_attributes" VALUES(1,1,'fixed_params','{"text.unit": "word", "learning_rate.relative": 3.0, "dropout.embedding": 0.2, "dropout.head": 0.0, "pretraining.dimension": 100, "pooling.name": "average", "batch_size.initial": 32}');
CREATE TABLE trial_user_attributes (
	trial_user_attribute_id INTEGER NOT NULL, 
	trial_id INTEGER, 
	"key" VARCHAR(512), 
	value_json TEXT, 
	PRIMARY KEY (trial_user_attribute_id), 
	UNIQUE (trial_id, "key"), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_user_attributes" VALUES(1,1,'fingerprint','"f83e9a8144ea31d7"');
INSERT INTO "trial_user_attributes" VALUES(2,1,'autotune:grace_epochs','0');
INSERT INTO "trial_user_attributes" VALUES(3,1,'autotune:result','{"score": 0.7083333333333334, "cause": "finished", "best_epoch": 2, "epochs": 3, "seconds": 6.916, "parameters": 3003, "validation": {"accuracy": 0.7083333333333334, "macro_f1": 0.6146616541353384, "log_loss": 1.0520228147506714}, "train_loss": 1.062859058380127}');
INSERT INTO "trial_user_attributes" VALUES(4,2,'fingerprint','"c14aa9fff4df28d6"');
INSERT INTO "trial_user_attributes" VALUES(5,2,'autotune:grace_epochs','0');
INSERT INTO "trial_user_attributes" VALUES(6,2,'autotune:result','{"score": 0.375, "cause": "finished", "best_epoch": 2, "epochs": 3, "seconds": 3.211, "parameters": 36303, "validation": {"accuracy": 0.375, "macro_f1": 0.1818181818181818, "log_loss": 1.0837446451187134}, "train_loss": 1.0874561468760173}');
INSERT INTO "trial_user_attributes" VALUES(7,3,'fingerprint','"f6f900a348400e53"');
INSERT INTO "trial_user_attributes" VALUES(8,3,'autotune:grace_epochs','0');
INSERT INTO "trial_user_attributes" VALUES(9,3,'autotune:result','{"score": 0.3333333333333333, "cause": "pruned", "best_epoch": 2, "epochs": 2, "seconds": 1.698, "parameters": 24203, "validation": {"accuracy": 0.3333333333333333, "macro_f1": 0.22222222222222224, "log_loss": 1.0958462953567505}, "train_loss": 1.102657715479533}');
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
INSERT INTO "trial_values" VALUES(1,1,0,7.0833333333333337034e-01,'FINITE');
INSERT INTO "trial_values" VALUES(2,2,0,0.375,'FINITE');
INSERT INTO "trial_values" VALUES(3,3,0,3.33333333333333314829e-01,'FINITE');
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
INSERT INTO "trials" VALUES(1,0,1,'COMPLETE','2026-11-24 05:46:25.428012','2026-11-24 05:46:32.880046');
INSERT INTO "trials" VALUES(2,1,1,'COMPLETE','2026-11-24 05:46:32.951810','2026-11-24 05:46:36.452095');
INSERT INTO "trials" VALUES(3,2,1,'PRUNED','2026-11-24 05:46:36.494065','2026-11-24 05:46:38.449898');
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
