"""Whole photographs: detect → align → restore → paste → write, five functions and no state.

| function          | file         | from → to                                                            |
|-------------------|--------------|----------------------------------------------------------------------|
| `detect`          | `detect.py`  | picture → faces, each to restore or skipped with the reason          |
| `align`           | `align.py`   | picture, five points → a crop on the 512 template and its matrix     |
| `restore_faces`   | `restore.py` | crops of many photographs → restored crops, or why there is none     |
| `paste`           | `paste.py`   | background, restored crops, matrices, masks → picture                |
| `write_picture`   | `picture.py` | picture → file with its EXIF, ICC profile, alpha and format          |

`run.py` strings them together for many photographs; `facexlib_way.py` has the second and the fourth as
GFP-GAN's own script does them, to the pixel.
"""
