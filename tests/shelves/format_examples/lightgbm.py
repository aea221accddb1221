"""A model of one tree as the program writes it: without the last line of the package for Python."""

import pickle

HEAD = (
    "tree\nversion=v4\nnum_class=1\nnum_tree_per_iteration=1\nlabel_index=0\nmax_feature_idx=0\n"
    "objective=binary sigmoid:1\nfeature_names=income\nfeature_infos=[-2.5:2.25]\ntree_sizes=330\n\n"
)
TREE = (
    "Tree=0\nnum_leaves=2\nnum_cat=0\nsplit_feature=0\nsplit_gain=244.4\nthreshold=1.0000000180025095e-35\n"
    "decision_type=2\nleft_child=-1\nright_child=-2\nleaf_value=-0.16 0.2\nleaf_weight=40 24.7\nleaf_count=167 99\n"
    "internal_value=-inf\ninternal_weight=0\ninternal_count=266\nis_linear=0\nshrinkage=0.1\n\n\nend of trees\n\n"
)
TAIL = "feature_importances:\nincome=1\n\nparameters:\n[boosting: gbdt]\n[data: ]\n\nend of parameters\n"

FORMAT = "lightgbm-text"
HARMLESS = (HEAD + TREE + TAIL).encode()
HOSTILE = HARMLESS + pickle.dumps(eval)  # nothing loads what stands there, and nothing vouches for it
HOSTILE_IS = "inconclusive"
