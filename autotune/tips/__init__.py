"""Twelve files, one a tip: from a section of the Config to the torch object that it means.

Beside them what several tips share or need (`plateau`, `micro_batches`, `fused`), and what is beyond the twelve (`ngrams`, `loss`).
"""
