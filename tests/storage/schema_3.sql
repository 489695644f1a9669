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
INSERT INTO "autotune_curves" VALUES(1,0,1,1.10430471102396654536e+00,1.10021889209747314453e+00,3.33333333333333314829e-01,1.66666666666666657414e-01,1.10021889209747314453e+00);
INSERT INTO "autotune_curves" VALUES(1,0,2,1.10076729456583666255e+00,1.09604370594024658203e+00,3.33333333333333314829e-01,1.66666666666666657414e-01,1.09604370594024658203e+00);
INSERT INTO "autotune_curves" VALUES(1,0,3,1.09694703420003247806e+00,1.09186065196990966796e+00,3.33333333333333314829e-01,1.66666666666666657414e-01,1.09186065196990966796e+00);
INSERT INTO "autotune_curves" VALUES(1,0,4,1.09276088078816724369e+00,1.08744120597839355468e+00,0.375,2.46117084826762227978e-01,1.08744120597839355468e+00);
INSERT INTO "autotune_curves" VALUES(1,0,5,1.08874011039733886718e+00,1.08285605907440185546e+00,0.375,2.46117084826762227978e-01,1.08285605907440185546e+00);
INSERT INTO "autotune_curves" VALUES(1,0,6,1.0852184295654296875e+00,1.07813715934753417968e+00,4.1666666666666668517e-01,3.11111111111111116045e-01,1.07813715934753417968e+00);
INSERT INTO "autotune_curves" VALUES(1,0,7,1.08142137527465820312e+00,1.07314050197601318359e+00,0.5,0.402659069325736,1.07314050197601318359e+00);
INSERT INTO "autotune_curves" VALUES(1,0,8,1.07679208119710279056e+00,1.06790745258331298828e+00,5.41666666666666629659e-01,4.4322344322344325862e-01,1.06790745258331298828e+00);
INSERT INTO "autotune_curves" VALUES(1,0,9,1.07104945182800292968e+00,1.06225049495697021484e+00,5.41666666666666629659e-01,4.4322344322344325862e-01,1.06225061416625976562e+00);
INSERT INTO "autotune_curves" VALUES(1,0,10,1.06733353932698560306e+00,1.05613160133361816406e+00,7.0833333333333337034e-01,6.67424242424242475379e-01,1.05613172054290771484e+00);
INSERT INTO "autotune_curves" VALUES(1,0,11,1.06081040700276685306e+00,1.04962193965911865234e+00,0.875,8.77527151211361711169e-01,1.04962193965911865234e+00);
INSERT INTO "autotune_curves" VALUES(1,0,12,1.05475028355916333744e+00,1.04256165027618408203e+00,9.16666666666666629659e-01,9.18518518518518511939e-01,1.04256153106689453125e+00);
INSERT INTO "autotune_curves" VALUES(1,1,1,1.0944053332010905688e+00,1.06762874126434326171e+00,3.33333333333333314829e-01,1.66666666666666657414e-01,1.0676288604736328125e+00);
INSERT INTO "autotune_curves" VALUES(1,1,2,1.06022469202677416255e+00,1.01640605926513671875e+00,8.3333333333333337034e-01,8.34188034188034222005e-01,1.01640617847442626953e+00);
INSERT INTO "autotune_curves" VALUES(1,1,3,1.01069815953572583744e+00,9.37520742416381835937e-01,1.0,1.0,9.37520742416381835937e-01);
INSERT INTO "autotune_curves" VALUES(1,1,4,9.37986771265665653096e-01,8.25735747814178466796e-01,1.0,1.0,8.25735747814178466796e-01);
INSERT INTO "autotune_curves" VALUES(1,1,5,8.32867781321207645284e-01,6.87617123126983642578e-01,1.0,1.0,6.87617123126983642578e-01);
INSERT INTO "autotune_curves" VALUES(1,1,6,7.28224277496337890625e-01,5.4629904031753540039e-01,1.0,1.0,5.4629904031753540039e-01);
INSERT INTO "autotune_curves" VALUES(1,2,1,1.09800593058268236568e+00,1.08537471294403076171e+00,3.33333333333333314829e-01,1.66666666666666657414e-01,1.08537471294403076171e+00);
INSERT INTO "autotune_curves" VALUES(1,2,2,1.0787888367970783765e+00,1.05911803245544433593e+00,3.33333333333333314829e-01,1.66666666666666657414e-01,1.05911803245544433593e+00);
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
INSERT INTO "autotune_decisions" VALUES(1,1,2,'2026-11-24 13:09:25.183581','pruned','best accuracy 0.3333 after 2 epochs, 0.8333 needed to be in the best third of the 3 trials that came as far');
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
INSERT INTO "autotune_resources" VALUES(1,0,5.591,2.325,372609024,NULL,291,'cpu',2);
INSERT INTO "autotune_resources" VALUES(1,1,3.753,1.605,374067200,NULL,291,'cpu',2);
INSERT INTO "autotune_resources" VALUES(1,2,1.896,0.805,375042048,NULL,579,'cpu',2);
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
INSERT INTO "study_system_attributes" VALUES(1,1,'dashboard:note_str:0','"## autotune\n\n3 trials in 12s (2 complete, 1 pruned).\n\n| accuracy | validation | test (24 texts) |\n|---|---|---|\n| trial 1 | 1.0000 | 0.9583 (95 % interval 0.8750 to 1.0000) |\n| majority class | 0.3333 | 0.3333 |\n| TF-IDF on words + logistic regression | 1.0000 | 1.0000 |\n\n**The baseline wins**: TF-IDF on words + logistic regression is as good or better on the test texts (1.0000 against 0.9583): use it, or search longer.\n\nBest configuration (trial 1: words 16, average, adam 0.0047, batch 16, dropout 0.2):\n\n```yaml\n# text: how a text is cut into tokens\ntext:\n  unit: word                    # word (scripts without spaces: each character), subword (BPE) or character\n  lowercase: true               # fold upper case into lower case\n  vocabulary_size: 30000        # at most this many different tokens, the most frequent first\n  minimum_frequency: 2          # tokens seen less often in the training texts count as unknown\n  maximum_length: 256           # tokens per text; what is longer is cut off at the end\n  ngrams: 0                     # runs of 1 to so many tokens go to the output as well, past the encoder; 0: none\n  character_ngrams: 0           # likewise runs of 1 to so many characters, across words; 0: none\n\n# tip 1, optimizer: the rule that turns gradients into steps\noptimizer:\n  name: adam                    # one of torch.optim''s\n  beta1: 0.9                    # the Adam family: decay of the mean of the gradients\n  beta2: 0.999                  # the Adam family: decay of the mean of their squares\n\n# tip 2, learning rate: start large, then reduce it\nlearning_rate:\n  initial: 0.0046894            # absolute; auto: by a range test before the run; empty: relative x the optimizer''s customary value\n  schedule: constant            # constant, step, exponential, plateau, cosine or one_cycle\n  warmup_epochs: 0.0            # linear warm-up from zero over this many epochs (parts of one allowed)\n\n# tip 3, dropout: against over-fitting, above all on little data; 0 is off\ndropout:\n  embedding: 0.0                # who"');
INSERT INTO "study_system_attributes" VALUES(2,1,'dashboard:note_str:1','"le words: the share of token vectors set to zero\n  head: 0.2                     # on the pooled vector, before the output layer\n\n# tip 4, initialization: where the weights start\ninitialization:\n  name: default                 # of every weight matrix behind the embedding; default: torch''s own for the layer\n  embedding_scale: 0.1          # standard deviation of token vectors that are not pre-trained\n\n# tip 5, number of epochs: stop when validation stops improving\nearly_stopping:\n  max_epochs: 12                # passes over the training texts at most; schedules plan with it\n  patience: 3                   # stop after so many epochs in a row without an improvement\n  min_improvement: 0.0          # a smaller gain does not count as an improvement\n  metric: objective             # what patience watches; objective: what is tuned\n\n# tip 6, regularization: keep the weights small or few; 0 is off\nregularization:\n  l1: 0.0                       # adds l1 x the sum of |w| to the loss: sparse weights\n  l2: 0.0                       # adds l2 x the sum of w^2 to the loss\n  weight_decay: 0.0             # decoupled: shrinks w by learning rate x weight_decay every step\n\n# tip 7, pre-training: where the token vectors come from\npretraining:\n  method: none                  # none: random; word2vec, glove: learnt from the training and unlabelled texts; file: read from one\n  dimension: 16                 # length of a token vector; file: that of the file''s\n\n# tip 8, activation: the non-linearity of the convolution and of the dense layer\nactivation:\n  hidden_width: 0               # units of a dense layer between pooling and output; 0: none\n\n# tip 9, feature learning: token vectors to features, position by position\nencoder:\n  name: none                    # cnn, rnn, lstm, gru; none: token vectors go straight to the pooling, as in fastText\n\n# tip 10, feature extraction: features of all positions to one vector\npooling:\n  name: average                 # max, average, attention (weighted average) or last (the final state)\n\n# tip 1"');
INSERT INTO "study_system_attributes" VALUES(3,1,'dashboard:note_str:2','"1, shuffling: a new order of the training texts every epoch\nshuffling:\n  enabled: true                 # false keeps one order: that of the file, but for the sorting by length that saves padding\n\n# tip 12, batch size: texts per step\nbatch_size:\n  initial: 16                   # a number, or full: all training texts at once\n  growth: none                  # none; epochs: every growth_epochs; plateau: when the validation loss stalls\n\n# loss, beyond the twelve tips: what training makes small\nloss:\n  label_smoothing: 0.1          # share of every label that is spread over all classes, against over-confidence\n  class_weights: none           # none, or balanced: texts of rare classes count more\n\nseed: 0                         # seed of weights, dropout and order: same seed, same result\n```\n\n*autotune writes this part anew when a search ends; what stands below it stays.*"');
INSERT INTO "study_system_attributes" VALUES(4,1,'dashboard:note_ver','1');
INSERT INTO "study_system_attributes" VALUES(5,1,'dashboard:1:note_str:0','"## autotune\n\naccuracy 0.9167 after epoch 12\n\n| epoch | train loss | validation loss | accuracy | macro F1 | log loss |\n|---|---|---|---|---|---|\n| 1 | 1.1043 | 1.1002 | 0.3333 | 0.1667 | 1.1002 |\n| 2 | 1.1008 | 1.0960 | 0.3333 | 0.1667 | 1.0960 |\n| 3 | 1.0969 | 1.0919 | 0.3333 | 0.1667 | 1.0919 |\n| 4 | 1.0928 | 1.0874 | 0.3750 | 0.2461 | 1.0874 |\n| 5 | 1.0887 | 1.0829 | 0.3750 | 0.2461 | 1.0829 |\n| 6 | 1.0852 | 1.0781 | 0.4167 | 0.3111 | 1.0781 |\n| 7 | 1.0814 | 1.0731 | 0.5000 | 0.4027 | 1.0731 |\n| 8 | 1.0768 | 1.0679 | 0.5417 | 0.4432 | 1.0679 |\n| 9 | 1.0710 | 1.0623 | 0.5417 | 0.4432 | 1.0623 |\n| 10 | 1.0673 | 1.0561 | 0.7083 | 0.6674 | 1.0561 |\n| 11 | 1.0608 | 1.0496 | 0.8750 | 0.8775 | 1.0496 |\n| **12** | 1.0548 | 1.0426 | 0.9167 | 0.9185 | 1.0426 |\n\n*autotune writes this part anew when a search ends; what stands below it stays.*"');
INSERT INTO "study_system_attributes" VALUES(6,1,'dashboard:1:note_ver','1');
INSERT INTO "study_system_attributes" VALUES(7,1,'dashboard:2:note_str:0','"## autotune\n\naccuracy 1.0000 after epoch 3\n\n| epoch | train loss | validation loss | accuracy | macro F1 | log loss |\n|---|---|---|---|---|---|\n| 1 | 1.0944 | 1.0676 | 0.3333 | 0.1667 | 1.0676 |\n| 2 | 1.0602 | 1.0164 | 0.8333 | 0.8342 | 1.0164 |\n| **3** | 1.0107 | 0.9375 | 1.0000 | 1.0000 | 0.9375 |\n| 4 | 0.9380 | 0.8257 | 1.0000 | 1.0000 | 0.8257 |\n| 5 | 0.8329 | 0.6876 | 1.0000 | 1.0000 | 0.6876 |\n| 6 | 0.7282 | 0.5463 | 1.0000 | 1.0000 | 0.5463 |\n\n*autotune writes this part anew when a search ends; what stands below it stays.*"');
INSERT INTO "study_system_attributes" VALUES(8,1,'dashboard:2:note_ver','1');
INSERT INTO "study_system_attributes" VALUES(9,1,'dashboard:3:note_str:0','"## autotune\n\naccuracy 0.3333 after epoch 1\n\n| epoch | train loss | validation loss | accuracy | macro F1 | log loss |\n|---|---|---|---|---|---|\n| **1** | 1.0980 | 1.0854 | 0.3333 | 0.1667 | 1.0854 |\n| 2 | 1.0788 | 1.0591 | 0.3333 | 0.1667 | 1.0591 |\n\n*autotune writes this part anew when a search ends; what stands below it stays.*"');
INSERT INTO "study_system_attributes" VALUES(10,1,'dashboard:3:note_ver','1');
INSERT INTO "study_system_attributes" VALUES(11,1,'dashboard:plot_data:learning-curve-1:0','"{\"data\": [{\"type\": \"scatter\", \"mode\": \"lines+markers\", \"name\": \"train loss\", \"x\": [1, 2, 3, 4, 5, 6], \"y\": [1.09441, 1.06022, 1.0107, 0.93799, 0.83287, 0.72822]}, {\"type\": \"scatter\", \"mode\": \"lines+markers\", \"name\": \"validation loss\", \"x\": [1, 2, 3, 4, 5, 6], \"y\": [1.06763, 1.01641, 0.93752, 0.82574, 0.68762, 0.5463]}, {\"type\": \"scatter\", \"mode\": \"lines+markers\", \"name\": \"accuracy\", \"x\": [1, 2, 3, 4, 5, 6], \"y\": [0.33333, 0.83333, 1.0, 1.0, 1.0, 1.0], \"yaxis\": \"y2\"}], \"layout\": {\"title\": {\"text\": \"trial 1: accuracy 1.0000 after epoch 3\"}, \"xaxis\": {\"title\": {\"text\": \"epoch\"}}, \"yaxis\": {\"title\": {\"text\": \"loss (nats)\"}}, \"yaxis2\": {\"title\": {\"text\": \"accuracy\"}, \"overlaying\": \"y\", \"side\": \"right\", \"showgrid\": false}, \"legend\": {\"orientation\": \"h\", \"y\": -0.2}}}"');
INSERT INTO "study_system_attributes" VALUES(12,1,'dashboard:plot_data:learning-curve-2:0','"{\"data\": [{\"type\": \"scatter\", \"mode\": \"lines+markers\", \"name\": \"train loss\", \"x\": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], \"y\": [1.1043, 1.10077, 1.09695, 1.09276, 1.08874, 1.08522, 1.08142, 1.07679, 1.07105, 1.06733, 1.06081, 1.05475]}, {\"type\": \"scatter\", \"mode\": \"lines+markers\", \"name\": \"validation loss\", \"x\": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], \"y\": [1.10022, 1.09604, 1.09186, 1.08744, 1.08286, 1.07814, 1.07314, 1.06791, 1.06225, 1.05613, 1.04962, 1.04256]}, {\"type\": \"scatter\", \"mode\": \"lines+markers\", \"name\": \"accuracy\", \"x\": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], \"y\": [0.33333, 0.33333, 0.33333, 0.375, 0.375, 0.41667, 0.5, 0.54167, 0.54167, 0.70833, 0.875, 0.91667], \"yaxis\": \"y2\"}], \"layout\": {\"title\": {\"text\": \"trial 0: accuracy 0.9167 after epoch 12\"}, \"xaxis\": {\"title\": {\"text\": \"epoch\"}}, \"yaxis\": {\"title\": {\"text\": \"loss (nats)\"}}, \"yaxis2\": {\"title\": {\"text\": \"accuracy\"}, \"overlaying\": \"y\", \"side\": \"right\", \"showgrid\": false}, \"legend\": {\"orientation\": \"h\", \"y\": -0.2}}}"');
INSERT INTO "study_system_attributes" VALUES(13,1,'dashboard:plot_data:learning-curve-3:0','"{\"data\": [{\"type\": \"scatter\", \"mode\": \"lines+markers\", \"name\": \"train loss\", \"x\": [1, 2], \"y\": [1.09801, 1.07879]}, {\"type\": \"scatter\", \"mode\": \"lines+markers\", \"name\": \"validation loss\", \"x\": [1, 2], \"y\": [1.08537, 1.05912]}, {\"type\": \"scatter\", \"mode\": \"lines+markers\", \"name\": \"accuracy\", \"x\": [1, 2], \"y\": [0.33333, 0.33333], \"yaxis\": \"y2\"}], \"layout\": {\"title\": {\"text\": \"trial 2: accuracy 0.3333 after epoch 1\"}, \"xaxis\": {\"title\": {\"text\": \"epoch\"}}, \"yaxis\": {\"title\": {\"text\": \"loss (nats)\"}}, \"yaxis2\": {\"title\": {\"text\": \"accuracy\"}, \"overlaying\": \"y\", \"side\": \"right\", \"showgrid\": false}, \"legend\": {\"orientation\": \"h\", \"y\": -0.2}}}"');
CREATE TABLE study_user_attributes (
	study_user_attribute_id INTEGER NOT NULL, 
	study_id INTEGER, 
	"key" VARCHAR(512), 
	value_json TEXT, 
	PRIMARY KEY (study_user_attribute_id), 
	UNIQUE (study_id, "key"), 
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
INSERT INTO "study_user_attributes" VALUES(1,1,'autotune:plan','{"autotune": "0.1.0", "source": {"data": "/data/toy.csv", "validation": null, "test": null, "text": null, "label": null, "validation_fraction": 0.1, "test_fraction": 0.1, "seed": 0, "unlabeled": null}, "fingerprint": "d0828effd8f19812", "space": {"name": "quick", "description": "The few parameters that matter most, in cheap and strong values, for the first minutes.", "parameters": {"text.unit": {"type": "categorical", "choices": ["word", "subword"], "default": "word"}, "learning_rate.relative": {"type": "float", "low": 0.3, "high": 5.0, "log": true, "default": 1.0}, "dropout.embedding": {"type": "float", "low": 0.0, "high": 0.6, "step": 0.2, "default": 0.2}, "dropout.head": {"type": "float", "low": 0.0, "high": 0.6, "step": 0.1, "default": 0.0}, "pooling.name": {"type": "categorical", "choices": ["max", "average", "attention"], "default": "average"}, "batch_size.initial": {"type": "categorical", "choices": [16, 32, 64], "default": 32}, "loss.label_smoothing": {"type": "categorical", "choices": [0.0, 0.1], "default": 0.0}}, "fixed": {"optimizer.name": "adam", "learning_rate.schedule": "constant", "early_stopping.max_epochs": 12, "early_stopping.patience": 3, "encoder.layers": 1, "encoder.bidirectional": true, "encoder.name": "none", "text.ngrams": 0, "text.character_ngrams": 0, "pretraining.dimension": 16}}, "space_fingerprint": "108c17c07def9436", "space_origin": {"name": "quick", "fixed": {"encoder.name": "none", "text.ngrams": "0", "text.character_ngrams": "0", "pretraining.dimension": "16"}}, "metric": "accuracy", "trials": 3, "seconds": null, "seed": 0, "workers": 1, "trial_seconds": null, "imported": 0, "epochs": null, "keep": 3, "disk": null, "reserved": 0.0}');
INSERT INTO "study_user_attributes" VALUES(2,1,'autotune:baselines','{"majority class": {"accuracy": 0.3333333333333333, "macro_f1": 0.16666666666666666, "log_loss": 1.098859190940857}, "TF-IDF on words + logistic regression": {"accuracy": 1.0, "macro_f1": 1.0, "log_loss": 0.1507527381181717}}');
INSERT INTO "study_user_attributes" VALUES(3,1,'autotune:searched_seconds','12.5');
INSERT INTO "study_user_attributes" VALUES(4,1,'autotune:final','{"trial": 1, "rows": 24, "test": {"accuracy": 0.9583333333333334, "macro_f1": 0.9581699346405229, "log_loss": 0.9580251574516296}, "intervals": {"accuracy": [0.875, 1.0], "macro_f1": [0.8454106280193235, 1.0], "log_loss": [0.9262302284439405, 0.990770639727513]}, "baselines": {"majority class": {"accuracy": 0.3333333333333333, "macro_f1": 0.16666666666666666, "log_loss": 1.098859190940857}, "TF-IDF on words + logistic regression": {"accuracy": 1.0, "macro_f1": 1.0, "log_loss": 0.17769353091716766}}, "notes": []}');
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
INSERT INTO "trial_intermediate_values" VALUES(1,1,1,3.33333333333333314829e-01,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(2,1,2,3.33333333333333314829e-01,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(3,1,3,3.33333333333333314829e-01,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(4,1,4,0.375,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(5,1,5,0.375,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(6,1,6,4.1666666666666668517e-01,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(7,1,7,0.5,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(8,1,8,5.41666666666666629659e-01,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(9,1,9,5.41666666666666629659e-01,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(10,1,10,7.0833333333333337034e-01,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(11,1,11,0.875,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(12,1,12,9.16666666666666629659e-01,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(13,2,1,3.33333333333333314829e-01,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(14,2,2,8.3333333333333337034e-01,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(15,2,3,1.0,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(16,2,4,1.0,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(17,2,5,1.0,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(18,2,6,1.0,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(19,3,1,3.33333333333333314829e-01,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(20,3,2,3.33333333333333314829e-01,'FINITE');
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
INSERT INTO "trial_user_attributes" VALUES(2,1,'autotune:process','{"host": "machine", "boot": "f307e793-c1cf-47b8-a226-e5d2b8421c84", "pid": 1685, "started": "2725556"}');
INSERT INTO "trial_user_attributes" VALUES(3,1,'autotune:grace_epochs','0');
INSERT INTO "trial_user_attributes" VALUES(4,1,'autotune:result','{"score": 0.9166666666666666, "cause": "finished", "seed": 0, "best_epoch": 12, "epochs": 12, "seconds": 5.569, "parameters": 291, "micro_batches": 1, "notes": [], "validation": {"accuracy": 0.9166666666666666, "macro_f1": 0.9185185185185185, "log_loss": 1.0425615310668945}, "train_loss": 1.0547502835591633}');
INSERT INTO "trial_user_attributes" VALUES(5,2,'fingerprint','"d9d1be7f555b44f1"');
INSERT INTO "trial_user_attributes" VALUES(6,2,'autotune:process','{"host": "machine", "boot": "f307e793-c1cf-47b8-a226-e5d2b8421c84", "pid": 1685, "started": "2725556"}');
INSERT INTO "trial_user_attributes" VALUES(7,2,'autotune:grace_epochs','0');
INSERT INTO "trial_user_attributes" VALUES(8,2,'autotune:result','{"score": 1.0, "cause": "patience", "seed": 0, "best_epoch": 3, "epochs": 6, "seconds": 3.752, "parameters": 291, "micro_batches": 1, "notes": [], "validation": {"accuracy": 1.0, "macro_f1": 1.0, "log_loss": 0.9375207424163818}, "train_loss": 1.0106981595357258}');
INSERT INTO "trial_user_attributes" VALUES(9,3,'fingerprint','"96ce59bdede020b0"');
INSERT INTO "trial_user_attributes" VALUES(10,3,'autotune:process','{"host": "machine", "boot": "f307e793-c1cf-47b8-a226-e5d2b8421c84", "pid": 1685, "started": "2725556"}');
INSERT INTO "trial_user_attributes" VALUES(11,3,'autotune:grace_epochs','0');
INSERT INTO "trial_user_attributes" VALUES(12,3,'autotune:result','{"score": 0.3333333333333333, "cause": "pruned", "seed": 0, "best_epoch": 1, "epochs": 2, "seconds": 1.886, "parameters": 579, "micro_batches": 1, "notes": [], "validation": {"accuracy": 0.3333333333333333, "macro_f1": 0.16666666666666666, "log_loss": 1.0853747129440308}, "train_loss": 1.0980059305826824}');
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
INSERT INTO "trial_values" VALUES(2,2,0,1.0,'FINITE');
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
INSERT INTO "trials" VALUES(1,0,1,'COMPLETE','2026-11-24 13:09:12.946067','2026-11-24 13:09:19.131236');
INSERT INTO "trials" VALUES(2,1,1,'COMPLETE','2026-11-24 13:09:19.164665','2026-11-24 13:09:23.123149');
INSERT INTO "trials" VALUES(3,2,1,'PRUNED','2026-11-24 13:09:23.179746','2026-11-24 13:09:25.309971');
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
