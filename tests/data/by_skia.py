"""Drawings as Skia draws them (the 2-D library of Chrome and Android): the oracle of our rasteriser.

Skia strokes paths itself, with round caps and joins, and comes as a wheel for every Python that is tested; Pillow's
lines have whole widths and no caps, Cairo has no wheel."""

import numpy as np

from sketchjax.data.strokes import CANVAS, Drawing


def rendered(drawing: Drawing, size: int) -> np.ndarray:
    """float32 [size, size], ink 1 on paper 0."""
    import skia

    page = np.zeros((size, size, 4), np.uint8)
    canvas = skia.Surface(page).getCanvas()
    canvas.scale(size / CANVAS, size / CANVAS)
    path = skia.Path()
    for stroke in drawing.strokes:
        path.moveTo(*stroke[0].tolist())
        for point in [*stroke[1:].tolist()] or [stroke[0].tolist()]:
            path.lineTo(*point)
    style = {"StrokeWidth": drawing.width, "StrokeCap": skia.Paint.kRound_Cap, "StrokeJoin": skia.Paint.kRound_Join}
    canvas.drawPath(path, skia.Paint(AntiAlias=True, Style=skia.Paint.kStroke_Style, Color=skia.ColorWHITE, **style))
    return page[:, :, 3].astype(np.float32) / 255
