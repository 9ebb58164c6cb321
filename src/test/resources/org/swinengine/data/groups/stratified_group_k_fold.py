"""Writes stratified_group_k_fold.csv: data with groups, and how evenly scikit-learn divides their classes.

A line: folds; the class of each sample; the group of each sample; the mean over the classes of the standard
deviation of a class's share in the folds, the best of 20 seeds of StratifiedGroupKFold (scikit-learn 1.2.1).
"""
import numpy as np
from sklearn.model_selection import StratifiedGroupKFold


def quality(labels, test_parts):
    deviations = []
    for label in np.unique(labels):
        members = labels == label
        deviations.append(np.std([members[part].sum() / members.sum() for part in test_parts]))
    return np.mean(deviations)


random = np.random.RandomState(7)
with open("stratified_group_k_fold.csv", "w") as out:
    for case in range(12):
        folds = [2, 3, 5][case % 3]
        classes = [2, 3, 4, 7][case % 4]
        groups = [9, 14, 30, 60, 120][case % 5]
        sizes = 1 + random.geometric(0.25, groups)
        # A group prefers a class, and classes are of unequal size.
        shares = np.arange(1, classes + 1) / np.arange(1, classes + 1).sum()
        labels, of = [], []
        for group, size in enumerate(sizes):
            own = random.choice(classes, p=shares)
            for _ in range(size):
                labels.append(own if random.rand() < 0.7 else random.choice(classes, p=shares))
                of.append(group)
        labels, of = np.array(labels), np.array(of)
        best = min(
            quality(labels, [test for _, test in
                             StratifiedGroupKFold(folds, shuffle=True, random_state=seed).split(labels, labels, of)])
            for seed in range(20))
        out.write("%d;%s;%s;%.9f\n" % (folds, " ".join(map(str, labels)), " ".join(map(str, of)), best))
