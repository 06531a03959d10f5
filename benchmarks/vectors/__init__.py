"""Run loan test vectors: files that each state a convention in words, and what a correct engine must find by it.

    python -m benchmarks.vectors DIRECTORY [--corrupt]

Prints one JSON line a file (`id`, `ok`, `max_abs_diff`, and `why` when it fails or is not of our trade), then
`passed N of M`. The words of `convention` are translated to ours; a word that is not understood is said, never guessed.
With `--corrupt` every expected value is changed first: it must say `passed 0 of M`, or the comparison compares nothing.
"""
