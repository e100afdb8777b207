"""Named rewrite rules over the laid-out graph: fold, fuse, pad, clean."""
