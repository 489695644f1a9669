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
CREATE TABLE autotune_curves (
	study_id INTEGER NOT NULL, 
	trial INTEGER NOT NULL, 
	epoch INTEGER NOT NULL, 
	train_loss FLOAT NOT NULL, 
	validation_loss FLOAT NOT NULL, 
	accuracy FLOAT NOT NULL, 
	macro_f1 FLOAT NOT NULL, 
	log_loss FLOAT NOT NULL, 
	PRIMARY KEY (study_id, trial, epoch), 
	FOREIGN KEY(study_id) REFERENCES studies (study_id) ON DELETE CASCADE
);
INSERT INTO "autotune_curves" VALUES(1,0,1,1.10080734888712572505e+00,1.10341203212738037109e+00,2.9166666666666668517e-01,1.50537634408602155611e-01,1.10341215133667);
INSERT INTO "autotune_curves" VALUES(1,0,2,1.09810415903727220943e+00,1.10054218769073486328e+00,2.9166666666666668517e-01,1.50537634408602155611e-01,1.10054218769073486328e+00);
INSERT INTO "autotune_curves" VALUES(1,0,3,1.09455585479736328125e+00,1.09740388393402099609e+00,3.33333333333333314829e-01,2.29629629629629627984e-01,1.09740388393402099609e+00);
INSERT INTO "autotune_curves" VALUES(1,0,4,1.09119431177775072505e+00,1.09430003166198730468e+00,3.33333333333333314829e-01,2.29629629629629627984e-01,1.09430003166198730468e+00);
INSERT INTO "autotune_curves" VALUES(1,0,5,1.08763861656188964843e+00,1.09123742580413818359e+00,0.375,2.94252873563218386721e-01,1.09123742580413818359e+00);
INSERT INTO "autotune_curves" VALUES(1,0,6,1.08375461896260572025e+00,1.08806347846984863281e+00,4.58333333333333314829e-01,3.95061728395061706464e-01,1.08806359767913818359e+00);
INSERT INTO "autotune_curves" VALUES(1,0,7,1.08053286870320630619e+00,1.08482563495635986328e+00,5.41666666666666629659e-01,5.09743589743589686769e-01,1.08482563495635986328e+00);
INSERT INTO "autotune_curves" VALUES(1,0,8,1.07567572593688964843e+00,1.08145940303802490234e+00,5.8333333333333337034e-01,5.28787878787878695696e-01,1.08145940303802490234e+00);
INSERT INTO "autotune_curves" VALUES(1,0,9,1.07195742925008130619e+00,1.07781636714935302734e+00,6.66666666666666629659e-01,6.29055258467023148405e-01,1.07781636714935302734e+00);
INSERT INTO "autotune_curves" VALUES(1,0,10,1.06846006711324048588e+00,1.07427823543548583984e+00,7.0833333333333337034e-01,6.85185185185185119394e-01,1.07427811622619628906e+00);
INSERT INTO "autotune_curves" VALUES(1,0,11,1.06335306167602539062e+00,1.07070636749267578125e+00,8.3333333333333337034e-01,0.837037037037037,1.07070648670196533203e+00);
INSERT INTO "autotune_curves" VALUES(1,0,12,1.06044427553812670161e+00,1.06687176227569580078e+00,0.875,8.77287581699346397101e-01,1.06687188148498535156e+00);
INSERT INTO "autotune_curves" VALUES(1,1,1,1.09360178311665845463e+00,1.08246028423309326171e+00,4.58333333333333314829e-01,4.21911421911421891106e-01,1.08246028423309326171e+00);
INSERT INTO "autotune_curves" VALUES(1,1,2,1.06517632802327466556e+00,1.05503797531127929687e+00,9.16666666666666629659e-01,9.12614870509607212234e-01,1.05503809452056884765e+00);
INSERT INTO "autotune_curves" VALUES(1,1,3,1.02936506271362304687e+00,1.01713645458221435546e+00,8.3333333333333337034e-01,8.27838827838827895355e-01,1.01713657379150390625e+00);
INSERT INTO "autotune_curves" VALUES(1,1,4,9.84104235967000362528e-01,9.634876251220703125e-01,0.875,8.71428571428571441259e-01,9.634876251220703125e-01);
INSERT INTO "autotune_curves" VALUES(1,1,5,0.915648619333903,8.99687469005584716796e-01,9.16666666666666629659e-01,9.12614870509607212234e-01,8.99687349796295166015e-01);
INSERT INTO "autotune_curves" VALUES(1,2,1,1.091472625732421875e+00,1.08496677875518798828e+00,0.375,1.81818181818181795472e-01,1.08496677875518798828e+00);
INSERT INTO "autotune_curves" VALUES(1,2,2,1.08328588803609204838e+00,1.07475197315216064453e+00,0.375,1.81818181818181795472e-01,1.07475197315216064453e+00);
CREATE TABLE autotune_decisions (
	id INTEGER NOT NULL, 
	study_id INTEGER NOT NULL, 
	trial INTEGER, 
	at DATETIME NOT NULL, 
	kind VARCHAR(32) NOT NULL, 
	evidence TEXT NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(study_id) REFERENCES studies (study_id) ON DELETE CASCADE
);
INSERT INTO "autotune_decisions" VALUES(1,1,2,'2026-11-24 14:09:52.414196','pruned','best accuracy 0.3750 after 2 epochs, 0.9167 needed to be in the best third of the 3 trials that came as far');
CREATE TABLE autotune_resources (
	study_id INTEGER NOT NULL, 
	trial INTEGER NOT NULL, 
	seconds FLOAT NOT NULL, 
	processor_seconds FLOAT NOT NULL, 
	peak_memory BIGINT, 
	peak_gpu_memory BIGINT, 
	parameters BIGINT, 
	device VARCHAR(64) NOT NULL, 
	threads INTEGER NOT NULL, 
	PRIMARY KEY (study_id, trial), 
	FOREIGN KEY(study_id) REFERENCES studies (study_id) ON DELETE CASCADE
);
INSERT INTO "autotune_resources" VALUES(1,0,0.169,0.254,372436992,NULL,483,'cpu',2);
INSERT INTO "autotune_resources" VALUES(1,1,0.108,0.15,373989376,NULL,483,'cpu',2);
INSERT INTO "autotune_resources" VALUES(1,2,0.036,0.052,375025664,NULL,771,'cpu',2);
CREATE TABLE autotune_schema (
	version VARCHAR(16) NOT NULL, 
	PRIMARY KEY (version)
);
INSERT INTO "autotune_schema" VALUES('3');
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
INSERT INTO "study_system_attributes" VALUES(1,1,'dashboard:note_str:0','"## autotune\n\n3 trials in 1s (2 complete, 1 pruned).\n\n| accuracy | validation | test (24 texts) |\n|---|---|---|\n| trial 1 | 0.9167 | 0.9583 (95 % interval 0.8750 to 1.0000) |\n| majority class | 0.3750 | 0.3750 |\n| TF-IDF on words + logistic regression | 0.9167 | 0.9583 |\n\n**The baseline wins**: TF-IDF on words + logistic regression is as good or better on the test texts (0.9583 against 0.9583): use it, or search longer.\n\nBest configuration (trial 1: words 16, average, adam 0.0047, batch 16, dropout 0.2):\n\n```yaml\n# text: how a text is cut into tokens\ntext:\n  unit: word                    # word (scripts without spaces: each character), subword (BPE) or character\n  lowercase: true               # fold upper case into lower case\n  vocabulary_size: 30000        # at most this many different tokens, the most frequent first\n  minimum_frequency: 2          # tokens seen less often in the training texts count as unknown\n  maximum_length: 256           # tokens per text; what is longer is cut off at the end\n  ngrams: 0                     # runs of 1 to so many tokens go to the output as well, past the encoder; 0: none\n  character_ngrams: 0           # likewise runs of 1 to so many characters, across words; 0: none\n\n# tip 1, optimizer: the rule that turns gradients into steps\noptimizer:\n  name: adam                    # one of torch.optim''s\n  beta1: 0.9                    # the Adam family: decay of the mean of the gradients\n  beta2: 0.999                  # the Adam family: decay of the mean of their squares\n\n# tip 2, learning rate: start large, then reduce it\nlearning_rate:\n  initial: 0.0046894            # absolute; auto: by a range test before the run; empty: relative x the optimizer''s customary value\n  schedule: constant            # constant, step, exponential, plateau, cosine or one_cycle\n  warmup_epochs: 0.0            # linear warm-up from zero over this many epochs (parts of one allowed)\n\n# tip 3, dropout: against over-fitting, above all on little data; 0 is off\ndropout:\n  embedding: 0.0                # whol"');
INSERT INTO "study_system_attributes" VALUES(2,1,'dashboard:note_str:1','"e words: the share of token vectors set to zero\n  head: 0.2                     # on the pooled vector, before the output layer\n\n# tip 4, initialization: where the weights start\ninitialization:\n  name: default                 # of every weight matrix behind the embedding; default: torch''s own for the layer\n  embedding_scale: 0.1          # standard deviation of token vectors that are not pre-trained\n\n# tip 5, number of epochs: stop when validation stops improving\nearly_stopping:\n  max_epochs: 12                # passes over the training texts at most; schedules plan with it\n  patience: 3                   # stop after so many epochs in a row without an improvement\n  min_improvement: 0.0          # a smaller gain does not count as an improvement\n  metric: objective             # what patience watches; objective: what is tuned\n\n# tip 6, regularization: keep the weights small or few; 0 is off\nregularization:\n  l1: 0.0                       # adds l1 x the sum of |w| to the loss: sparse weights\n  l2: 0.0                       # adds l2 x the sum of w^2 to the loss\n  weight_decay: 0.0             # decoupled: shrinks w by learning rate x weight_decay every step\n\n# tip 7, pre-training: where the token vectors come from\npretraining:\n  method: none                  # none: random; word2vec, glove: learnt from the training and unlabelled texts; file: read from one\n  dimension: 16                 # length of a token vector; file: that of the file''s\n\n# tip 8, activation: the non-linearity of the convolution and of the dense layer\nactivation:\n  hidden_width: 0               # units of a dense layer between pooling and output; 0: none\n\n# tip 9, feature learning: token vectors to features, position by position\nencoder:\n  name: none                    # cnn, rnn, lstm, gru; none: token vectors go straight to the pooling, as in fastText\n\n# tip 10, feature extraction: features of all positions to one vector\npooling:\n  name: average                 # max, average, attention (weighted average) or last (the final state)\n\n# tip 11"');
INSERT INTO "study_system_attributes" VALUES(3,1,'dashboard:note_str:2','", shuffling: a new order of the training texts every epoch\nshuffling:\n  enabled: true                 # false keeps one order: that of the file, but for the sorting by length that saves padding\n\n# tip 12, batch size: texts per step\nbatch_size:\n  initial: 16                   # a number, or full: all training texts at once\n  growth: none                  # none; epochs: every growth_epochs; plateau: when the validation loss stalls\n\n# loss, beyond the twelve tips: what training makes small\nloss:\n  label_smoothing: 0.1          # share of every label that is spread over all classes, against over-confidence\n  class_weights: none           # none, or balanced: texts of rare classes count more\n\nseed: 0                         # seed of weights, dropout and order: same seed, same result\n```\n\n*autotune writes this part anew when a search ends; what stands below it stays.*"');
INSERT INTO "study_system_attributes" VALUES(4,1,'dashboard:note_ver','1');
INSERT INTO "study_system_attributes" VALUES(5,1,'dashboard:1:note_str:0','"## autotune\n\naccuracy 0.8750 after epoch 12\n\n| epoch | train loss | validation loss | accuracy | macro F1 | log loss |\n|---|---|---|---|---|---|\n| 1 | 1.1008 | 1.1034 | 0.2917 | 0.1505 | 1.1034 |\n| 2 | 1.0981 | 1.1005 | 0.2917 | 0.1505 | 1.1005 |\n| 3 | 1.0946 | 1.0974 | 0.3333 | 0.2296 | 1.0974 |\n| 4 | 1.0912 | 1.0943 | 0.3333 | 0.2296 | 1.0943 |\n| 5 | 1.0876 | 1.0912 | 0.3750 | 0.2943 | 1.0912 |\n| 6 | 1.0838 | 1.0881 | 0.4583 | 0.3951 | 1.0881 |\n| 7 | 1.0805 | 1.0848 | 0.5417 | 0.5097 | 1.0848 |\n| 8 | 1.0757 | 1.0815 | 0.5833 | 0.5288 | 1.0815 |\n| 9 | 1.0720 | 1.0778 | 0.6667 | 0.6291 | 1.0778 |\n| 10 | 1.0685 | 1.0743 | 0.7083 | 0.6852 | 1.0743 |\n| 11 | 1.0634 | 1.0707 | 0.8333 | 0.8370 | 1.0707 |\n| **12** | 1.0604 | 1.0669 | 0.8750 | 0.8773 | 1.0669 |\n\n*autotune writes this part anew when a search ends; what stands below it stays.*"');
INSERT INTO "study_system_attributes" VALUES(6,1,'dashboard:1:note_ver','1');
INSERT INTO "study_system_attributes" VALUES(7,1,'dashboard:2:note_str:0','"## autotune\n\naccuracy 0.9167 after epoch 2\n\n| epoch | train loss | validation loss | accuracy | macro F1 | log loss |\n|---|---|---|---|---|---|\n| 1 | 1.0936 | 1.0825 | 0.4583 | 0.4219 | 1.0825 |\n| **2** | 1.0652 | 1.0550 | 0.9167 | 0.9126 | 1.0550 |\n| 3 | 1.0294 | 1.0171 | 0.8333 | 0.8278 | 1.0171 |\n| 4 | 0.9841 | 0.9635 | 0.8750 | 0.8714 | 0.9635 |\n| 5 | 0.9156 | 0.8997 | 0.9167 | 0.9126 | 0.8997 |\n\n*autotune writes this part anew when a search ends; what stands below it stays.*"');
INSERT INTO "study_system_attributes" VALUES(8,1,'dashboard:2:note_ver','1');
INSERT INTO "study_system_attributes" VALUES(9,1,'dashboard:3:note_str:0','"## autotune\n\naccuracy 0.3750 after epoch 1\n\n| epoch | train loss | validation loss | accuracy | macro F1 | log loss |\n|---|---|---|---|---|---|\n| **1** | 1.0915 | 1.0850 | 0.3750 | 0.1818 | 1.0850 |\n| 2 | 1.0833 | 1.0748 | 0.3750 | 0.1818 | 1.0748 |\n\n*autotune writes this part anew when a search ends; what stands below it stays.*"');
INSERT INTO "study_system_attributes" VALUES(10,1,'dashboard:3:note_ver','1');
INSERT INTO "study_system_attributes" VALUES(11,1,'dashboard:plot_data:learning-curve-1:0','"{\"data\": [{\"type\": \"scatter\", \"mode\": \"lines+markers\", \"name\": \"train loss\", \"x\": [1, 2, 3, 4, 5], \"y\": [1.0936, 1.06518, 1.02937, 0.9841, 0.91565]}, {\"type\": \"scatter\", \"mode\": \"lines+markers\", \"name\": \"validation loss\", \"x\": [1, 2, 3, 4, 5], \"y\": [1.08246, 1.05504, 1.01714, 0.96349, 0.89969]}, {\"type\": \"scatter\", \"mode\": \"lines+markers\", \"name\": \"accuracy\", \"x\": [1, 2, 3, 4, 5], \"y\": [0.45833, 0.91667, 0.83333, 0.875, 0.91667], \"yaxis\": \"y2\"}], \"layout\": {\"title\": {\"text\": \"trial 1: accuracy 0.9167 after epoch 2\"}, \"xaxis\": {\"title\": {\"text\": \"epoch\"}}, \"yaxis\": {\"title\": {\"text\": \"loss (nats)\"}}, \"yaxis2\": {\"title\": {\"text\": \"accuracy\"}, \"overlaying\": \"y\", \"side\": \"right\", \"showgrid\": false}, \"legend\": {\"orientation\": \"h\", \"y\": -0.2}}}"');
INSERT INTO "study_system_attributes" VALUES(12,1,'dashboard:plot_data:learning-curve-2:0','"{\"data\": [{\"type\": \"scatter\", \"mode\": \"lines+markers\", \"name\": \"train loss\", \"x\": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], \"y\": [1.10081, 1.0981, 1.09456, 1.09119, 1.08764, 1.08375, 1.08053, 1.07568, 1.07196, 1.06846, 1.06335, 1.06044]}, {\"type\": \"scatter\", \"mode\": \"lines+markers\", \"name\": \"validation loss\", \"x\": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], \"y\": [1.10341, 1.10054, 1.0974, 1.0943, 1.09124, 1.08806, 1.08483, 1.08146, 1.07782, 1.07428, 1.07071, 1.06687]}, {\"type\": \"scatter\", \"mode\": \"lines+markers\", \"name\": \"accuracy\", \"x\": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], \"y\": [0.29167, 0.29167, 0.33333, 0.33333, 0.375, 0.45833, 0.54167, 0.58333, 0.66667, 0.70833, 0.83333, 0.875], \"yaxis\": \"y2\"}], \"layout\": {\"title\": {\"text\": \"trial 0: accuracy 0.8750 after epoch 12\"}, \"xaxis\": {\"title\": {\"text\": \"epoch\"}}, \"yaxis\": {\"title\": {\"text\": \"loss (nats)\"}}, \"yaxis2\": {\"title\": {\"text\": \"accuracy\"}, \"overlaying\": \"y\", \"side\": \"right\", \"showgrid\": false}, \"legend\": {\"orientation\": \"h\", \"y\": -0.2}}}"');
INSERT INTO "study_system_attributes" VALUES(13,1,'dashboard:plot_data:learning-curve-3:0','"{\"data\": [{\"type\": \"scatter\", \"mode\": \"lines+markers\", \"name\": \"train loss\", \"x\": [1, 2], \"y\": [1.09147, 1.08329]}, {\"type\": \"scatter\", \"mode\": \"lines+markers\", \"name\": \"validation loss\", \"x\": [1, 2], \"y\": [1.08497, 1.07475]}, {\"type\": \"scatter\", \"mode\": \"lines+markers\", \"name\": \"accuracy\", \"x\": [1, 2], \"y\": [0.375, 0.375], \"yaxis\": \"y2\"}], \"layout\": {\"title\": {\"text\": \"trial 2: accuracy 0.3750 after epoch 1\"}, \"xaxis\": {\"title\": {\"text\": \"epoch\"}}, \"yaxis\": {\"title\": {\"text\": \"loss (nats)\"}}, \"yaxis2\": {\"title\": {\"text\": \"accuracy\"}, \"overlaying\": \"y\", \"side\": \"right\", \"showgrid\": false}, \"legend\": {\"orientation\": \"h\", \"y\": -0.2}}}"');
CREATE TABLE study_user_attributes (
	study_user_attribute_id INTEGER NOT NULL, 
	study_id INTEGER, 
	"key" VARCHAR(512), 
	value_json TEXT, 
	PRIMARY KEY (study_user_attribute_id), 
	UNIQUE (study_id, "key"), 
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
INSERT INTO "study_user_attributes" VALUES(1,1,'autotune:plan','{"autotune": "0.1.0", "source": {"data": "/data/toy.csv", "validation": null, "test": null, "text": null, "label": null, "validation_fraction": 0.1, "test_fraction": 0.1, "seed": 0, "unlabeled": null}, "fingerprint": "3f23e5ceb9e7d5d2", "space": {"name": "quick", "description": "The few parameters that matter most, in cheap and strong values, for the first minutes.", "parameters": {"text.unit": {"type": "categorical", "choices": ["word", "subword"], "default": "word"}, "learning_rate.relative": {"type": "float", "low": 0.3, "high": 5.0, "log": true, "default": 1.0}, "dropout.embedding": {"type": "float", "low": 0.0, "high": 0.6, "step": 0.2, "default": 0.2}, "dropout.head": {"type": "float", "low": 0.0, "high": 0.6, "step": 0.1, "default": 0.0}, "pooling.name": {"type": "categorical", "choices": ["max", "average", "attention"], "default": "average"}, "batch_size.initial": {"type": "categorical", "choices": [16, 32, 64], "default": 32}, "loss.label_smoothing": {"type": "categorical", "choices": [0.0, 0.1], "default": 0.0}}, "fixed": {"optimizer.name": "adam", "learning_rate.schedule": "constant", "early_stopping.max_epochs": 12, "early_stopping.patience": 3, "encoder.layers": 1, "encoder.bidirectional": true, "encoder.name": "none", "text.ngrams": 0, "text.character_ngrams": 0, "pretraining.dimension": 16}}, "space_fingerprint": "108c17c07def9436", "space_origin": {"name": "quick", "fixed": {"encoder.name": "none", "text.ngrams": "0", "text.character_ngrams": "0", "pretraining.dimension": "16"}}, "metric": "accuracy", "trials": 3, "seconds": null, "seed": 0, "workers": 1, "trial_seconds": null, "imported": 0, "epochs": null, "keep": 3, "disk": null, "reserved": 0.0}');
INSERT INTO "study_user_attributes" VALUES(2,1,'autotune:baselines','{"majority class": {"accuracy": 0.375, "macro_f1": 0.1818181818181818, "log_loss": 1.0937193632125854}, "TF-IDF on words + logistic regression": {"accuracy": 0.9166666666666666, "macro_f1": 0.9126148705096072, "log_loss": 0.5319082736968994}}');
INSERT INTO "study_user_attributes" VALUES(3,1,'autotune:searched_seconds','0.6');
INSERT INTO "study_user_attributes" VALUES(4,1,'autotune:final','{"trial": 1, "rows": 24, "test": {"accuracy": 0.9583333333333334, "macro_f1": 0.9581699346405229, "log_loss": 1.046463131904602}, "intervals": {"accuracy": [0.875, 1.0], "macro_f1": [0.8564581033002086, 1.0], "log_loss": [1.0331224010015527, 1.059472822211683]}, "baselines": {"majority class": {"accuracy": 0.375, "macro_f1": 0.1818181818181818, "log_loss": 1.0937193632125854}, "TF-IDF on words + logistic regression": {"accuracy": 0.9583333333333334, "macro_f1": 0.9581699346405229, "log_loss": 0.4872695207595825}}, "notes": []}');
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
INSERT INTO "trial_intermediate_values" VALUES(1,1,1,2.9166666666666668517e-01,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(2,1,2,2.9166666666666668517e-01,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(3,1,3,3.33333333333333314829e-01,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(4,1,4,3.33333333333333314829e-01,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(5,1,5,0.375,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(6,1,6,4.58333333333333314829e-01,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(7,1,7,5.41666666666666629659e-01,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(8,1,8,5.8333333333333337034e-01,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(9,1,9,6.66666666666666629659e-01,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(10,1,10,7.0833333333333337034e-01,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(11,1,11,8.3333333333333337034e-01,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(12,1,12,0.875,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(13,2,1,4.58333333333333314829e-01,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(14,2,2,9.16666666666666629659e-01,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(15,2,3,8.3333333333333337034e-01,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(16,2,4,0.875,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(17,2,5,9.16666666666666629659e-01,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(18,3,1,0.375,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(19,3,2,0.375,'FINITE');
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
INSERT INTO "trial_params" VALUES(2,1,'learning_rate.relative',1.0,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.3, "high": 5.0, "log": true}}');
INSERT INTO "trial_params" VALUES(3,1,'dropout.embedding',0.2,'{"name": "FloatDistribution", "attributes": {"step": 0.2, "low": 0.0, "high": 0.6, "log": false}}');
INSERT INTO "trial_params" VALUES(4,1,'dropout.head',0.0,'{"name": "FloatDistribution", "attributes": {"step": 0.1, "low": 0.0, "high": 0.6, "log": false}}');
INSERT INTO "trial_params" VALUES(5,1,'pooling.name',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["max", "average", "attention"]}}');
INSERT INTO "trial_params" VALUES(6,1,'batch_size.initial',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [16, 32, 64]}}');
INSERT INTO "trial_params" VALUES(7,1,'loss.label_smoothing',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [0.0, 0.1]}}');
INSERT INTO "trial_params" VALUES(8,2,'text.unit',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["word", "subword"]}}');
INSERT INTO "trial_params" VALUES(9,2,'learning_rate.relative',4.68939620189979056164e+00,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.3, "high": 5.0, "log": true}}');
INSERT INTO "trial_params" VALUES(10,2,'dropout.embedding',0.0,'{"name": "FloatDistribution", "attributes": {"step": 0.2, "low": 0.0, "high": 0.6, "log": false}}');
INSERT INTO "trial_params" VALUES(11,2,'dropout.head',0.2,'{"name": "FloatDistribution", "attributes": {"step": 0.1, "low": 0.0, "high": 0.6, "log": false}}');
INSERT INTO "trial_params" VALUES(12,2,'pooling.name',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["max", "average", "attention"]}}');
INSERT INTO "trial_params" VALUES(13,2,'batch_size.initial',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [16, 32, 64]}}');
INSERT INTO "trial_params" VALUES(14,2,'loss.label_smoothing',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [0.0, 0.1]}}');
INSERT INTO "trial_params" VALUES(15,3,'text.unit',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["word", "subword"]}}');
INSERT INTO "trial_params" VALUES(16,3,'learning_rate.relative',4.76661942665216642467e+00,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.3, "high": 5.0, "log": true}}');
INSERT INTO "trial_params" VALUES(17,3,'dropout.embedding',0.6,'{"name": "FloatDistribution", "attributes": {"step": 0.2, "low": 0.0, "high": 0.6, "log": false}}');
INSERT INTO "trial_params" VALUES(18,3,'dropout.head',0.5,'{"name": "FloatDistribution", "attributes": {"step": 0.1, "low": 0.0, "high": 0.6, "log": false}}');
INSERT INTO "trial_params" VALUES(19,3,'pooling.name',2.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["max", "average", "attention"]}}');
INSERT INTO "trial_params" VALUES(20,3,'batch_size.initial',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [16, 32, 64]}}');
INSERT INTO "trial_params" VALUES(21,3,'loss.label_smoothing',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [0.0, 0.1]}}');
CREATE TABLE trial_system_attributes (
	trial_system_attribute_id INTEGER NOT NULL, 
	trial_id INTEGER, 
	"key" VARCHAR(512), 
	value_json TEXT, 
	PRIMARY KEY (trial_system_attribute_id), 
	UNIQUE (trial_id, "key"), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_system_attributes" VALUES(1,1,'fixed_params','{"text.unit": "word", "learning_rate.relative": 1.0, "dropout.embedding": 0.2, "dropout.head": 0.0, "pooling.name": "average", "batch_size.initial": 32, "loss.label_smoothing": 0.0}');
CREATE TABLE trial_user_attributes (
	trial_user_attribute_id INTEGER NOT NULL, 
	trial_id INTEGER, 
	"key" VARCHAR(512), 
	value_json TEXT, 
	PRIMARY KEY (trial_user_attribute_id), 
	UNIQUE (trial_id, "key"), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_user_attributes" VALUES(1,1,'fingerprint','"a7c0b8f5e232af3d"');
INSERT INTO "trial_user_attributes" VALUES(2,1,'autotune:process','{"host": "machine", "boot": "f307e793-c1cf-47b8-a226-e5d2b8421c84", "pid": 14583, "started": "3090430"}');
INSERT INTO "trial_user_attributes" VALUES(3,1,'autotune:grace_epochs','0');
INSERT INTO "trial_user_attributes" VALUES(4,1,'autotune:result','{"score": 0.875, "cause": "finished", "seed": 0, "best_epoch": 12, "epochs": 12, "seconds": 0.168, "parameters": 483, "micro_batches": 1, "notes": [], "validation": {"accuracy": 0.875, "macro_f1": 0.8772875816993464, "log_loss": 1.0668718814849854}, "train_loss": 1.0604442755381267}');
INSERT INTO "trial_user_attributes" VALUES(5,2,'fingerprint','"d9d1be7f555b44f1"');
INSERT INTO "trial_user_attributes" VALUES(6,2,'autotune:process','{"host": "machine", "boot": "f307e793-c1cf-47b8-a226-e5d2b8421c84", "pid": 14583, "started": "3090430"}');
INSERT INTO "trial_user_attributes" VALUES(7,2,'autotune:grace_epochs','0');
INSERT INTO "trial_user_attributes" VALUES(8,2,'autotune:result','{"score": 0.9166666666666666, "cause": "patience", "seed": 0, "best_epoch": 2, "epochs": 5, "seconds": 0.107, "parameters": 483, "micro_batches": 1, "notes": [], "validation": {"accuracy": 0.9166666666666666, "macro_f1": 0.9126148705096072, "log_loss": 1.0550380945205688}, "train_loss": 1.0651763280232747}');
INSERT INTO "trial_user_attributes" VALUES(9,3,'fingerprint','"96ce59bdede020b0"');
INSERT INTO "trial_user_attributes" VALUES(10,3,'autotune:process','{"host": "machine", "boot": "f307e793-c1cf-47b8-a226-e5d2b8421c84", "pid": 14583, "started": "3090430"}');
INSERT INTO "trial_user_attributes" VALUES(11,3,'autotune:grace_epochs','0');
INSERT INTO "trial_user_attributes" VALUES(12,3,'autotune:result','{"score": 0.375, "cause": "pruned", "seed": 0, "best_epoch": 1, "epochs": 2, "seconds": 0.035, "parameters": 771, "micro_batches": 1, "notes": [], "validation": {"accuracy": 0.375, "macro_f1": 0.1818181818181818, "log_loss": 1.084966778755188}, "train_loss": 1.0914726257324219}');
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
INSERT INTO "trial_values" VALUES(1,1,0,0.875,'FINITE');
INSERT INTO "trial_values" VALUES(2,2,0,9.16666666666666629659e-01,'FINITE');
INSERT INTO "trial_values" VALUES(3,3,0,0.375,'FINITE');
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
INSERT INTO "trials" VALUES(1,0,1,'COMPLETE','2026-11-24 14:09:51.889664','2026-11-24 14:09:52.210179');
INSERT INTO "trials" VALUES(2,1,1,'COMPLETE','2026-11-24 14:09:52.219722','2026-11-24 14:09:52.354694');
INSERT INTO "trials" VALUES(3,2,1,'PRUNED','2026-11-24 14:09:52.361769','2026-11-24 14:09:52.427517');
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
CREATE INDEX ix_autotune_decisions_study_id ON autotune_decisions (study_id);
COMMIT;
