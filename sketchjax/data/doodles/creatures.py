"""Animals and people."""

import math

from sketchjax.data.doodles.pen import Pen, Point

_SIDES = (-1, 1)


def _ring(pen: Pen, x: float, y: float, rx: float, ry: float | None = None) -> None:
    """A small circle or ellipse of few points."""
    ry = rx if ry is None else ry
    pen.polygon(*((x + rx * math.cos(i * 0.785), y + ry * math.sin(i * 0.785)) for i in range(8)))


def _bow(pen: Pen, x: float, y: float, half: float, depth: float) -> None:
    """A small smile of that depth, or a brow where depth is negative."""
    low, most = y + depth, y + depth * 0.8
    pen.line((x - half, y), (x - half * 0.6, most), (x, low), (x + half * 0.6, most), (x + half, y))


def _mirrored(points: list[Point]) -> list[Point]:
    """The right half of a symmetrical outline, and then its left half the way back."""
    return points + [(-x, y) for x, y in reversed(points)]


def _eyes(pen: Pen, gap: float, y: float, size: float = 0.1) -> None:
    """Two eyes, alike, at -gap and gap."""
    style = pen.choice(["dot", "ring", "tall", "shut"])
    for x in (-gap, gap):
        match style:
            case "dot":
                pen.line((x, y), (x, y + size * 0.5))
            case "ring":
                _ring(pen, x, y, size)
            case "tall":
                pen.line((x, y - size), (x, y + size))
            case "shut":
                _bow(pen, x, y + size * 0.5, size * 1.2, -size)


def _eye(pen: Pen, x: float, y: float, size: float = 0.08) -> None:
    if pen.maybe(0.5):
        pen.dot(x, y)
    else:
        _ring(pen, x, y, size)


def _round(pen: Pen, x: float, y: float, rx: float, ry: float) -> None:
    """A body or a head: an ellipse, or now and then squarish."""
    if pen.maybe(0.7):
        pen.ellipse(x, y, rx, ry)
    else:
        a, b = rx * 0.88, ry * 0.88
        pen.curve((x - a, y - b), (x + a, y - b), (x + a, y + b), (x - a, y + b), closed=True)


def _tube(pen: Pen, path: list[Point], start: float, end: float) -> None:
    """Both sides of something long and bent, so wide at its start and at its end, closed at the end only."""
    left, right = [], []
    for i, (x, y) in enumerate(path):
        (ax, ay), (bx, by) = path[max(i - 1, 0)], path[min(i + 1, len(path) - 1)]
        half = (start + (end - start) * i / (len(path) - 1)) / 2 / math.hypot(bx - ax, by - ay)
        left.append((x - (by - ay) * half, y + (bx - ax) * half))
        right.append((x + (by - ay) * half, y - (bx - ax) * half))
    pen.curve(*left, *reversed(right))


def _limb(pen: Pen, x: float, y: float, length: float, angle: float, bend: float = 0) -> Point:
    """Two bones from (x, y), the second turned on by bend; gives where they end."""
    a, b, half = math.radians(angle), math.radians(angle + bend), length / 2
    knee = x + half * math.cos(a), y + half * math.sin(a)
    end = knee[0] + half * math.cos(b), knee[1] + half * math.sin(b)
    pen.line((x, y), knee, end)
    return end


def _legs(pen: Pen, xs: list[float], top: float, bottom: float, width: float) -> None:
    """Legs of a four-footed animal, all sticks, all boxes or all with feet."""
    style, stride = pen.choice(["stick", "box", "box", "foot"]), pen.uniform(-0.12, 0.12)
    for i, x in enumerate(xs):
        foot = x + stride * (-1) ** i
        match style:
            case "stick":
                pen.line((x, top), (foot, bottom))
            case "box":
                pen.line((x - width, top), (foot - width, bottom), (foot + width, bottom), (x + width, top))
            case "foot":
                pen.line((x, top), (foot, bottom), (foot - 0.15, bottom))


def fish(pen: Pen) -> None:
    high, notch, root = pen.uniform(0.3, 0.8), pen.uniform(-0.1, 0.3), pen.uniform(0.35, 0.6)
    tail = pen.uniform(0.3, 0.6)
    match pen.choice(["loop", "oval", "pointed"]):
        case "loop":  # one stroke that crosses itself at the root of the tail
            under, over = [(-0.6, high * 0.8), (-0.1, high)], [(-0.1, -high), (-0.6, -high * 0.8)]
            pen.curve((1, -tail), (root, 0.05), *under[::-1], (-0.9, 0), *over[::-1], (root, -0.05), (1, tail))
            if pen.maybe(0.7):
                pen.line((1, -tail), (1 - notch, 0), (1, tail))
        case "oval":
            pen.ellipse(-0.2, 0, 0.7, high)
            pen.polygon((0.48, 0), (1, -tail), (1 - notch, 0), (1, tail))
        case "pointed":
            for side in _SIDES:
                pen.curve((-0.9, 0), (-0.3, side * high), (root, side * 0.08))
            pen.line((root, -0.08), (1, -tail), (1 - notch, 0), (1, tail), (root, 0.08))
    _eye(pen, -0.58, -high * 0.25)
    if pen.maybe(0.5):
        pen.arc(-0.5, 0, 0.2, high * 0.7, -70, 70)  # gill
    for side in _SIDES:
        if pen.maybe(0.5):
            pen.line((-0.3, side * high), (0.1, side * (high + 0.3)), (0.3, side * high * 0.7))
    for i in range(pen.choice([0, 0, 2, 3])):
        pen.arc(i * 0.2 - 0.2, 0, 0.15, high * 0.4, -80, 80)


def _cat_head(pen: Pen, x: float, y: float, size: float) -> None:
    wide, ear, slant = size * pen.uniform(0.9, 1.2), size * pen.uniform(0.45, 0.9), pen.uniform(0.5, 0.95)
    whisker, hairs = wide + size * pen.uniform(0, 0.5), pen.count(2, 3)
    _round(pen, x, y, wide, size)
    for side in _SIDES:
        with pen.at(x, y, (side, 1)):
            pen.line((wide * 0.88, -size * 0.5), (wide * slant, -size * 0.85 - ear), (wide * 0.25, -size * 0.95))
            for i in range(hairs):
                pen.line((wide * 0.5, size * (0.25 + i * 0.13)), (whisker, size * (0.05 + i * 0.3)))
    with pen.at(x, y, size * 1.3):
        _eyes(pen, 0.32, -0.15)
        if pen.maybe(0.8):
            pen.polygon((-0.1, 0.12), (0.1, 0.12), (0, 0.25))
        if pen.maybe(0.7):
            pen.line((-0.22, 0.35), (-0.12, 0.45), (0, 0.3), (0.12, 0.45), (0.22, 0.35))


def cat(pen: Pen) -> None:
    match pen.choice(["face", "sitting", "walking"]):
        case "face":
            _cat_head(pen, 0, 0, 0.75)
        case "sitting":
            fat, tail = pen.uniform(0.35, 0.65), pen.uniform(0.3, 0.6)
            _cat_head(pen, 0, -0.5, pen.uniform(0.35, 0.5))
            pen.curve((-0.2, -0.15), (-fat, 0.5), (-fat * 0.8, 1), (fat * 0.8, 1), (fat, 0.5), (0.2, -0.15))
            tip = fat + pen.uniform(0.1, 0.6)
            pen.curve((fat * 0.8, 0.95), (fat + tail, 0.8), (fat + 0.2, 0.4), (tip, 0.1))
            for x in (-0.13, 0.13) if pen.maybe(0.6) else ():
                pen.line((x, 1), (x, 0.5))
        case "walking":
            low, lift = pen.uniform(0.25, 0.4), pen.uniform(0.2, 0.8)
            _round(pen, 0.2, 0, 0.75, low)
            _legs(pen, [-0.35, -0.12, 0.5, 0.75][:: pen.count(1, 2)], low * 0.7, pen.uniform(0.65, 0.95), 0.08)
            pen.curve((0.92, -0.05), (1.25, -0.2), (1.15, -0.2 - lift), (pen.uniform(1, 1.5), -0.3 - lift))
            _cat_head(pen, -0.7, -0.3, pen.uniform(0.33, 0.45))


def _dog_face(pen: Pen) -> None:
    wide, ear, out = pen.uniform(0.5, 0.7), pen.uniform(0.1, 0.6), pen.uniform(0.25, 0.45)
    jaw = wide * pen.uniform(0.4, 0.7)
    pen.curve(*_mirrored([(wide * 0.5, -0.7), (wide, -0.4), (jaw, 0.6)]), closed=True)
    for side in _SIDES:  # hanging ears
        with pen.at(side * wide, 0, (side, 1)):
            pen.curve((-wide * 0.4, -0.62), (out, -0.45), (out, ear), (0.1, ear), (0, -0.3))
    _eyes(pen, wide * 0.45, -0.2)
    _ring(pen, 0, 0.2, 0.16, 0.11)
    if pen.maybe(0.8):
        pen.line((0, 0.3), (0, 0.42))
        _bow(pen, 0, 0.42, jaw * 0.6, 0.12)
    if pen.maybe(0.5):
        pen.line((-0.12, 0.5), (-0.12, 0.9), (0.12, 0.9), (0.12, 0.5))


def _dog_profile(pen: Pen, x: float, y: float) -> None:
    """A head around (x, y), looking left."""
    snout, ear = -0.3 - pen.uniform(0.3, 0.52), pen.uniform(0.3, 0.55)
    with pen.at(x, y):
        if pen.maybe(0.5):
            pen.curve((0.3, 0.3), (0.28, -0.3), (-0.15, -0.38), (-0.3, -0.1), (snout, 0), (snout, 0.22), (0.05, 0.35))
        else:
            pen.line((0.3, 0.3), (0.3, -0.4), (-0.2, -0.4), (-0.25, -0.1), (snout, -0.05), (snout, 0.25), (0.05, 0.3))
        _ring(pen, snout, -0.02, 0.09)
        if pen.maybe(0.8):
            pen.curve((0.05, -0.35), (0, ear - 0.1), (0.2, ear), (0.35, ear - 0.2), (0.25, -0.3))
        else:
            pen.line((0, -0.38), (0.15, -0.7), (0.28, -0.35))
        pen.dot(-0.15, -0.15)


def dog(pen: Pen) -> None:
    match pen.choice(["face", "face", "standing", "standing", "sitting"]):
        case "face":
            _dog_face(pen)
        case "standing":
            low, end = pen.uniform(0.2, 0.4), pen.uniform(0.4, 1)
            _dog_profile(pen, -0.7, -0.45)
            if pen.maybe(0.5):
                pen.box(-0.6, -0.2, end, low)
            else:
                _round(pen, (end - 0.6) / 2, 0.08, (end + 0.7) / 2, low)
            legs = [-0.48, -0.25, end - 0.35, end - 0.12]
            _legs(pen, legs[:: pen.count(1, 2)], low, low + pen.uniform(0.45, 0.75), 0.08)
            pen.curve((end, -0.1), (end + 0.2, -0.25), (end + pen.uniform(0, 0.5), -pen.uniform(0.4, 0.8)))
        case "sitting":
            back, chest = pen.uniform(0.4, 0.7), pen.uniform(-0.35, -0.15)
            _dog_profile(pen, -0.1, -0.6)
            pen.curve((0.2, -0.3), (back, 0.3), (back + 0.1, 1), (-0.2, 1), (chest, 0.3), (-0.1, -0.25))
            pen.arc(back - 0.2, 0.8, 0.3, 0.35, 180, 340)
            pen.curve((back + 0.1, 0.95), (back + 0.4, 0.9), (back + 0.5, pen.uniform(0.4, 0.8)))


def _wading(pen: Pen, y: float) -> None:
    """Two legs with toes, from height y."""
    length, toe = pen.uniform(0.2, 0.6), pen.uniform(0, 0.15)
    for leg in (-0.1, 0.2):
        pen.line((leg, y), (leg, y + length), (leg - toe, y + length + 0.05))
        pen.line((leg, y + length), (leg + toe, y + length + 0.05))


def bird(pen: Pen) -> None:
    fat, tail, beak = pen.uniform(0.3, 0.55), pen.uniform(0.1, 0.5), pen.uniform(0.2, 0.4)
    match pen.choice(["perched", "perched", "round", "flying"]):
        case "perched":
            x, y = -0.75, -0.35
            top = [(-0.75, -0.4), (-0.5, -0.65), (-0.2, -0.4), (0.3, -0.2), (0.95, tail - 0.2), (0.95, tail)]
            pen.curve(*top, (0.3, fat * 0.8), (-0.3, fat), (-0.65, 0.1), closed=True)
            pen.curve((-0.25, -0.1), (0, fat * 0.7), (0.5, 0.1), (-0.25, -0.1))
        case "round":
            size = pen.uniform(0.25, 0.38)
            x, y = -0.45 - size, -0.45
            pen.ellipse(-0.45, -0.4, size)
            _round(pen, 0.1, 0.1, 0.6, fat)
            pen.line((0.6, 0), (1.1, -0.25), (1.15, pen.uniform(0, 0.2)), (0.65, 0.25))
            pen.arc(0.2, 0, 0.35, fat * 0.7, pen.uniform(-20, 20), 180)
        case "flying":  # wings up, tail fanned
            x, y, up, back = -0.85, -0.05, pen.uniform(0.6, 1.1), pen.uniform(0, 0.5)
            pen.curve((0.6, -0.05), (-0.3, -0.15), (-0.65, -0.28), (-0.85, 0), (-0.3, 0.3), (0.6, 0.1))
            pen.line((0.6, -0.05), (1, -0.2), (1.05, 0.2), (0.6, 0.1))
            pen.curve((-0.3, -0.1), (back - 0.1, -up), (back + 0.2, -up), (0.25, 0))
            if pen.maybe(0.7):
                pen.curve((-0.4, -0.18), (back - 0.7, -up), (back - 0.35, -up), (-0.15, -0.4))
    pen.line((x, y - 0.12), (x - beak, y + 0.05), (x + 0.05, y + 0.15))
    _eye(pen, x + 0.25, y - 0.08, 0.07)
    if y < -0.1 and pen.maybe(0.92):
        _wading(pen, fat)


def _water(pen: Pen, y: float) -> None:
    pen.line(*((i * 0.28 - 1.1, y + 0.07 * (-1) ** i) for i in range(9)))


def _bill(pen: Pen, x: float, y: float) -> None:
    """A flat bill, shut or open, left of (x, y)."""
    tip = x - pen.uniform(0.25, 0.45)
    if pen.maybe(0.5):
        pen.line((x, y - 0.08), (tip, y - 0.05), (tip, y + 0.13), (x, y + 0.15))
    else:
        pen.line((x, y - 0.08), (tip, y - 0.12), (x - 0.02, y + 0.04), (tip, y + 0.22), (x, y + 0.16))


def duck(pen: Pen) -> None:
    size, y = pen.uniform(0.22, 0.4), -pen.uniform(0.4, 0.95)
    low, tail = pen.uniform(0.35, 0.6), pen.uniform(0.1, 0.4)
    match pen.choice(["outline", "parts", "toy"]):
        case "outline":  # head, neck, back and breast in one stroke
            head = [(-0.85, y), (-0.6, y - size), (-0.32, y), (-0.35, -0.1)]
            back = [(0.2, -0.05), (1, -tail), (0.8, low * 0.8), (0, low), (-0.7, low * 0.8), (-0.85, 0.15)]
            pen.curve(*head, *back, (-0.7, y + 0.25), closed=True)
        case "parts":
            pen.ellipse(-0.6, y, size)
            pen.line((-0.7, y + size), (-0.75, 0))
            pen.line((-0.45, y + size), (-0.4, -0.05))
            pen.curve((-0.4, -0.05), (0.3, 0), (1, -tail), (0.75, low), (-0.6, low), (-0.85, 0.2), (-0.75, 0))
        case "toy":  # a big head on half a disc
            size = max(size, 0.33)
            y = -size
            pen.ellipse(-0.5, y, size)
            pen.curve((-0.3, -0.05), (0.4, 0.1), (1, -tail), (0.8, low), (0, low + 0.15), (-0.7, low), (-0.75, -0.1))
    _bill(pen, -0.55 - size, y)
    _eye(pen, -0.62, y - 0.08, 0.07)
    if pen.maybe(0.7):
        pen.arc(0.15, 0.1, pen.uniform(0.25, 0.45), low * 0.5, 0, 180)
    if pen.maybe(0.45):
        _water(pen, low)
    elif pen.maybe(0.4):
        _legs(pen, [-0.1, 0.3], low, low + 0.35, 0.06)


def owl(pen: Pen) -> None:
    wide, high, eye = pen.uniform(0.5, 0.8), pen.uniform(0.75, 1.0), pen.uniform(0.2, 0.3)
    y, tuft, wing = 0.35 - high, pen.uniform(0.1, 0.35), pen.choice(["none", "folded", "spread"])
    style, stare = pen.choice(["egg", "outline", "two"]), pen.maybe(0.4)
    match style:
        case "egg":
            pen.ellipse(0, 0, wide, high)
        case "outline":  # the tufts are the corners of the head
            half = [(0, -high), (wide * 0.9, -high - tuft), (wide, 0), (wide * 0.7, high * 0.9)]
            pen.curve(*_mirrored(half)[:-1], closed=True)
        case "two":
            pen.ellipse(0, y, wide * 0.9, 0.45)
            pen.curve((-wide * 0.7, y + 0.3), (-wide, 0.5), (0, high), (wide, 0.5), (wide * 0.7, y + 0.3))
    for side in _SIDES:
        with pen.at(0, 0, (side, 1)):
            _ring(pen, eye * 1.05, y, eye)
            _ring(pen, eye * 1.05, y, 0.1) if stare else pen.dot(eye * 1.05, y)
            if style != "outline":
                pen.line((wide * 0.25, 0.05 - high), (wide * 0.8, -high - tuft), (wide * 0.85, y))
            if wing == "folded":
                pen.curve((wide * 0.9, y + 0.3), (wide * 0.4, 0.4), (wide * 0.7, high * 0.8))
            elif wing == "spread":
                pen.curve((wide * 0.95, y + 0.3), (wide + tuft + 0.2, 0), (wide + tuft, 0.4), (wide * 0.9, 0.3))
    pen.polygon((-0.1, y + eye * 0.8), (0.1, y + eye * 0.8), (0, y + eye + pen.uniform(0.15, 0.3)))
    for x, low in pen.choice([[], [(-0.25, high), (0.25, high)], [(-0.2, 0.4), (0, 0.4), (0.2, 0.4)]]):
        pen.line((x - 0.12, low + 0.12), (x, low - 0.05), (x + 0.12, low + 0.12))
    if pen.maybe(0.35):
        pen.line((-1, high), (1, high))  # a branch


def _rabbit_ear(pen: Pen, x: float, y: float, length: float, turn: float, fold: bool = False) -> None:
    """A long ear up from (x, y)."""
    with pen.at(x, y, turn=turn):
        if fold:
            tip = (0.45, -length * 0.5)
            pen.curve((-0.12, 0), (-0.15, -length), (0.2, -length), tip, (0.2, -length * 0.6), (0.12, 0))
        else:
            pen.curve((-0.1, 0), (-0.17, -length * 0.6), (0, -length), (0.17, -length * 0.6), (0.1, 0))


def _rabbit_profile(pen: Pen) -> None:
    """Sitting, looking left, with a round tail."""
    head, fat, long = pen.uniform(0.25, 0.38), pen.uniform(0.4, 0.65), pen.uniform(0.5, 0.75)
    ear, turn = pen.uniform(0.6, 1.0), pen.uniform(-15, 25)
    x, y = 0.2 - long, pen.uniform(-0.3, 0)
    _round(pen, 0.2, 0.4, long, fat)
    pen.ellipse(x, y, head * 1.15, head)
    _rabbit_ear(pen, x, y - head, ear, turn)
    _rabbit_ear(pen, x + 0.12, y - head, ear, turn + pen.uniform(15, 35))
    _ring(pen, 0.25 + long, 0.5, pen.uniform(0.12, 0.2))
    _eye(pen, x - 0.08, y - 0.05, 0.06)
    if pen.maybe(0.7):
        pen.arc(0.45, 0.65, 0.3, 0.3, 150, 330)
    if pen.maybe(0.7):
        pen.line((-0.35, 0.7), (-0.35, 0.4 + fat), (0.35, 0.4 + fat))


def rabbit(pen: Pen) -> None:
    style = pen.choice(["face", "front", "profile"])
    if style == "profile":
        return _rabbit_profile(pen)
    length, spread, folded = pen.uniform(0.6, 1.1), pen.uniform(-5, 30), pen.choice([0, 0, -1, 1])
    size, fat = pen.uniform(0.4, 0.6), pen.uniform(0.4, 0.6)
    if style == "front":
        size *= 0.85
        pen.ellipse(0, size + fat * 0.9, fat, fat)
        for side in _SIDES if pen.maybe(0.6) else ():
            _ring(pen, side * fat * 0.6, size + fat * 1.8, 0.22, 0.12)
    _round(pen, 0, 0, size * pen.uniform(1, 1.25), size)
    for side in _SIDES:
        _rabbit_ear(pen, side * size * 0.45, -size * 0.85, length, side * spread, folded == side)
    _eyes(pen, size * 0.4, -0.1, 0.08)
    pen.line((-0.08, 0.08), (0.08, 0.08), (0, 0.17), (0, 0.28))
    if pen.maybe(0.5):
        pen.line((-0.1, 0.28), (-0.1, 0.45), (0.1, 0.45), (0.1, 0.28), (-0.1, 0.28))  # teeth
    for y in (0.1, 0.25) if pen.maybe(0.5) else ():
        pen.line((-0.2, y), (-size * 1.3, y * 1.6 - 0.1))
        pen.line((0.2, y), (size * 1.3, y * 1.6 - 0.1))


def _snake_head(pen: Pen, x: float, y: float, turn: float) -> None:
    """A head looking left, with its forked tongue."""
    with pen.at(x, y, turn=turn):
        _ring(pen, -0.15, 0, pen.uniform(0.22, 0.34), pen.uniform(0.15, 0.22))
        pen.line((-0.65, -0.13), (-0.52, 0), (-0.3, 0))
        pen.line((-0.65, 0.13), (-0.52, 0))
        pen.dot(-0.15, -0.05)


def snake(pen: Pen) -> None:
    thick, waves = pen.uniform(0.15, 0.28), pen.count(3, 5)
    match pen.choice(["crawling", "crawling", "upright", "coiled"]):
        case "crawling":
            wave, high = pen.uniform(1.8, 2.4) / waves, pen.uniform(0.2, 0.4)
            path = [(i * wave - 0.8, high * (-1) ** i) for i in range(waves + 1)]
            turn = pen.uniform(-30, 60)
        case "upright":  # a raised neck, the rest winds along the ground
            neck, turn = -0.6 - pen.uniform(0, 0.5), pen.uniform(-20, 10)
            path = [(-0.45, neck), (-0.2, neck + 0.1), (-0.2, 0), (-0.4, 0.4), (0, 0.6)]
            path += [(0.4, pen.uniform(0.2, 0.5)), (0.75, 0.65), (1.1, pen.uniform(0.1, 0.6))]
        case "coiled":
            path, turn = [(-0.5, -0.55), (-0.15, -0.6), (-0.1, -0.2), (0.05, 0.1)], pen.uniform(-20, 10)
            rings = pen.count(2, 3)
            for i in range(rings):
                pen.ellipse(0, 0.2 + i * 0.24, 0.5 + i * 0.15, 0.2)
            pen.line((0.6, 0.3 + rings * 0.2), (0.9, 0.4 + rings * 0.1), (1.1, pen.uniform(0, 0.4)))
    if pen.maybe(0.6):
        _tube(pen, path, thick, thick if len(path) == 4 else 0.03)
        for x, y in path[2:-1] if pen.maybe(0.4) else ():
            pen.line((x, y - thick * 0.5), (x, y + thick * 0.5))
    else:
        pen.curve(*path)
    _snake_head(pen, path[0][0], path[0][1], turn)


def _spiral(pen: Pen, x: float, y: float, r: float, turns: float, start: float) -> None:
    """From the rim inwards."""
    steps = int(turns * 14)
    angles = [math.radians(start + 360 * turns * i / steps) for i in range(steps + 1)]
    radii = [r * (1 - 0.92 * i / steps) for i in range(steps + 1)]
    pen.line(*((x + s * math.cos(a), y + s * math.sin(a)) for a, s in zip(angles, radii, strict=True)))


def snail(pen: Pen) -> None:
    r, head, tail = pen.uniform(0.45, 0.7), pen.uniform(-0.5, 0.1), pen.uniform(0.9, 1.2)
    x, y, way = pen.uniform(0, 0.25), 0.5 - r, pen.choice([-1, 1])
    if pen.maybe(0.7):
        with pen.at(x, y, (1, way)):
            _spiral(pen, 0, 0, r, pen.uniform(1.7, 2.8), 90 * way)
    else:
        pen.ellipse(x, y, r)
        _spiral(pen, x, y, r * 0.7, pen.uniform(1.2, 1.8), pen.uniform(0, 360))
    match pen.choice(["slug", "slug", "line"]):
        case "slug":  # neck, head, sole and tail around the shell
            neck = [(x - r * 0.8, 0.2), (-0.72, 0.1), (-0.75, head), (-1, head - 0.1), (-1.1, head + 0.2)]
            pen.curve(*neck, (-0.95, 0.6), (0, 0.72), (tail, 0.65), (x + r * 0.8, 0.4))
        case "line":
            _ring(pen, -0.9, head + 0.05, pen.uniform(0.18, 0.3), 0.2)
            pen.line((-0.85, head + 0.25), (-0.7, 0.55), (tail, 0.55))
    stalk, tip = pen.uniform(0.25, 0.5), pen.choice([0.0, 0.05, 0.09])
    for lean in (pen.uniform(-0.35, -0.1), pen.uniform(0, 0.2)):
        pen.line((-0.92, head - 0.1), (-0.92 + lean, head - 0.1 - stalk))
        if tip:
            _ring(pen, -0.92 + lean, head - 0.15 - stalk, tip)
    if pen.maybe(0.5):
        _bow(pen, -0.98, head + 0.2, 0.1, 0.08)


def spider(pen: Pen) -> None:
    size, fan, bend = pen.uniform(0.22, 0.4), pen.uniform(20, 32), pen.uniform(20, 80)
    length, lean, legs = pen.uniform(0.75, 1.1), pen.uniform(-20, 15), pen.choice([3, 4, 4, 4])
    style, knees = pen.choice(["top", "plain", "hanging"]), pen.choice(["down", "apart", "apart", "curved"])
    if style == "top":  # head and abdomen
        pen.ellipse(0, size * 0.9, size, size * pen.uniform(1, 1.4))
        _ring(pen, 0, -size * 0.5, size * 0.6, size * 0.5)
    else:
        _round(pen, 0, 0, size * pen.uniform(1, 1.3), size)
    if style == "hanging":
        pen.line((0, -size), (0, -size - pen.uniform(0.7, 1.2)))
    for side in _SIDES:
        with pen.at(0, 0, (side, 1)):
            for i in range(legs):
                angle = lean + fan * (i - legs / 2 + 0.5)
                x, y = size * 0.85 * math.cos(math.radians(angle)), size * 0.85 * math.sin(math.radians(angle))
                if knees == "curved":
                    pen.arc(x + length * 0.4, y + 0.1, length * 0.4, pen.uniform(0.2, 0.5), 180, 340, angle)
                elif knees == "apart" and i < legs / 2:  # the front legs bend forward
                    _limb(pen, x, y, length, angle + bend * 0.4, -bend)
                else:
                    _limb(pen, x, y, length, angle - bend * 0.4, bend)
    if pen.maybe(0.7):
        _eyes(pen, size * 0.4, -size * 0.3, 0.07)
    if style != "top" and pen.maybe(0.5):
        _bow(pen, 0, size * 0.3, size * 0.5, size * 0.3)


def _folded_butterfly(pen: Pen, wide: float, up: float, low: float) -> None:
    """From the side, wings together above the body."""
    pen.line((-0.6, 0.4), (0.5, pen.uniform(0.5, 0.9)))
    _ring(pen, -0.65, 0.35, 0.12)
    pen.curve((-0.2, 0.5), (wide * 0.2, -up), (wide, -up), (wide, -0.1), (0, 0.55))
    pen.curve((0, 0.5), (wide, 0.1), (wide, low), (wide * 0.5, low), (0.1, 0.6))
    for tip in (-0.9, -0.6):
        pen.line((-0.65, 0.25), (tip + 0.05, -0.1), (tip, -0.3))


def butterfly(pen: Pen) -> None:
    wide, up, low = pen.uniform(0.7, 1.05), pen.uniform(0.5, 0.95), pen.uniform(0.5, 0.9)
    small, style = pen.uniform(0.5, 0.85) * wide, pen.choice(["curved", "oval", "angular", "outline", "folded"])
    if style == "folded":
        return _folded_butterfly(pen, wide, up, low)
    spot, tip = pen.choice([0.0, 0.0, 0.1, 0.16]), pen.uniform(0.1, 0.35)
    for side in _SIDES:
        with pen.at(side * 0.06, 0, (side, 1)):
            match style:
                case "curved":
                    pen.curve((0, -0.1), (wide * 0.5, -up), (wide, -up * 0.9), (wide * 0.9, -0.2), (0, 0.05))
                    pen.curve((0, 0.05), (small, 0.15), (small * 0.9, low), (small * 0.3, low * 0.8), (0, 0.2))
                case "oval":
                    pen.ellipse(wide * 0.5, -up * 0.45, wide * 0.55, up * 0.42, -40)
                    pen.ellipse(small * 0.45, low * 0.38, small * 0.45, low * 0.33, 40)
                case "angular":
                    pen.polygon((0, 0), (wide, -up), (wide, -0.05))
                    pen.polygon((0, 0.05), (small, 0.1), (small, low))
                case "outline":  # both wings in one stroke
                    wing = [(0, -0.15), (wide * 0.6, -up), (wide, -up * 0.6), (wide * 0.6, 0), (small, low * 0.6)]
                    pen.curve(*wing, (small * 0.5, low), (0, 0.3))
            if spot:
                _ring(pen, wide * 0.6, -up * 0.5, spot)
            pen.line((0, -0.35), (0.1, -up * 0.8), (tip, -up - 0.15))
    _ring(pen, 0, 0.02, pen.choice([0.02, 0.09]), pen.uniform(0.35, 0.5))


def bee(pen: Pen) -> None:
    fat, wing, stripes = pen.uniform(0.32, 0.55), pen.uniform(0.26, 0.42), pen.count(2, 4)
    seen, wings = pen.choice(["side", "side", "above"]), pen.count(1, 2)
    head = pen.choice([0.25, 0.33] if seen == "above" else [0.0, 0.25, 0.33])
    front = -0.65 - head * 1.4
    pen.ellipse(0.1, 0, 0.75, fat)
    for i in range(stripes):
        x = (i + 0.5) / stripes * 0.9 - 0.25
        y = fat * math.sqrt(1 - ((x - 0.1) / 0.78) ** 2)
        pen.line((x, -y), (x + pen.uniform(0.02, 0.12), 0), (x, y))
    pen.line((0.82, -0.1), (1.08, 0), (0.82, 0.1))
    if head:
        pen.ellipse(-0.65 - head * 0.6, 0, head)
    slim, tilt = wing * pen.uniform(0.4, 0.65), pen.uniform(-25, 25)
    for side in _SIDES if seen == "above" else (-1,):
        for turn in (65 + tilt, 110 + tilt)[:wings]:
            with pen.at(0.05, side * fat * 0.9, (1, side), side * turn):
                _ring(pen, wing, 0, wing, slim)
    if seen == "above":
        for side in _SIDES:
            pen.line((front + 0.1, side * 0.15), (front - 0.25, side * pen.uniform(0.2, 0.4)))
        return
    for x in (front + 0.1, front + 0.3):
        pen.line((x + 0.05, -0.2), (x, -0.5), (x - 0.2, -0.65))
    _eye(pen, front + 0.25, -0.08)
    if pen.maybe(0.5):
        _bow(pen, front + 0.22, 0.1, 0.13, 0.08)


def _claw(pen: Pen, at: Point, size: float, turn: float, style: str) -> None:
    """A pincer, open towards turn."""
    match style:
        case "round":
            points = [(0.4, 0), (0.93, -0.25), (0.6, -0.5), (0.15, -0.4), (-0.05, 0)]
            points += [(x, -y) for x, y in reversed(points[:-1])]
        case "fork":
            points = [(1, -0.2), (0.6, -0.5), (0.1, -0.25), (0, 0), (0.1, 0.25), (0.6, 0.5), (1, 0.2)]
        case _:  # two fingers
            points = [(0, 0), (0.3, -0.55), (1.1, -0.25), (0.4, 0), (1.1, 0.25), (0.3, 0.55), (0, 0)]
    with pen.at(*at, turn=turn):
        pen.line(*((size * x, size * y) for x, y in points))


def crab(pen: Pen) -> None:
    wide, high = pen.uniform(0.5, 0.75), pen.uniform(0.33, 0.55)
    match pen.choice(["oval", "oval", "dome", "box"]):
        case "oval":
            pen.ellipse(0, 0, wide, high)
        case "dome":
            pen.arc(0, high, wide, high * 2, 180, 360)
            pen.curve((-wide, high), (0, high + 0.12), (wide, high))
        case "box":
            pen.polygon((-wide, -high), (wide, -high), (wide * 0.7, high), (-wide * 0.7, high))
    style, claw, legs = pen.choice(["round", "fork", "fingers"]), pen.uniform(0.35, 0.6), pen.choice([2, 3, 3, 4])
    raised, length, bend = pen.uniform(-85, -20), pen.uniform(0.5, 0.75), pen.uniform(20, 70)
    stalk = pen.choice([0.0, 0.2, 0.35])
    for side in _SIDES:
        with pen.at(0, 0, (side, 1)):
            wrist = _limb(pen, wide * 0.8, -high * 0.5, pen.uniform(0.3, 0.6), -15, raised + 15)
            _claw(pen, wrist, claw, raised + pen.uniform(-40, 20), style)
            for i in range(legs):
                _limb(pen, wide * (0.95 - 0.2 * i), high * (0.2 + 0.2 * i), length, i * 20 - 5, bend)
            if stalk:
                pen.line((wide * 0.3, -high * 0.85), (wide * 0.3, -high * 0.85 - stalk))
            _ring(pen, wide * 0.3, -high * 0.9 - stalk if stalk else -0.1, 0.08)
    if pen.maybe(0.6):
        _bow(pen, 0, high * 0.3, wide * 0.35, high * 0.3)


def _turtle_profile(pen: Pen) -> None:
    high, half = pen.uniform(0.55, 0.85), pen.uniform(0.55, 0.75)
    leg, head = pen.uniform(0.22, 0.4), pen.uniform(0.2, 0.32)
    y, brim, thick = pen.uniform(-0.3, 0.15), half + 0.1, pen.uniform(0.12, 0.18)
    pen.arc(0, 0.2, half, high, 180, 360)
    pen.line((-brim, 0.2), (brim, 0.2))
    _ring(pen, -brim - head, y, head * 1.1, head)
    pen.line((-brim - 0.05, y + head * 0.7), (-half, 0.18))
    _eye(pen, -brim - head - 0.05, y - 0.05, 0.06)
    pen.line((half, 0.1), (brim + 0.2, pen.uniform(0.05, 0.3)), (half, 0.2))
    for x in (-half * 0.6, half * 0.6):
        pen.line((x - thick, 0.2), (x - thick, 0.2 + leg), (x + thick, 0.2 + leg), (x + thick, 0.2))
    middle = 0.2 - high * 0.5
    match pen.choice(["arches", "net", "rim"]):
        case "arches":
            for x in (-half * 0.5, 0, half * 0.5):
                _bow(pen, x, 0.2, half * 0.25, -high * 0.5)
        case "net":
            pen.line((-half * 0.8, -0.05), (-0.25, middle), (0.25, middle), (half * 0.8, -0.05))
            for x in (-0.25, 0.25):
                pen.line((x, middle), (x * 0.7, 0.2 - high))
                pen.line((x, middle), (x * 0.9, 0.2))
        case "rim":
            pen.arc(0, 0.2, half * 0.75, high * 0.7, 180, 360)


def _turtle_above(pen: Pen) -> None:
    wide, long, cell = pen.uniform(0.45, 0.65), pen.uniform(0.6, 0.8), pen.uniform(0.2, 0.28)
    head, fin = pen.uniform(0.18, 0.3), pen.uniform(0.2, 0.4)
    _round(pen, 0, 0, wide, long)
    _ring(pen, 0, -long - head * 0.9, head * 0.85, head)
    pen.line((-0.08, long), (0, long + 0.2), (0.08, long))
    six = pen.maybe(0.7)
    if six:
        pen.polygon((-cell, -cell), (0, -cell * 1.5), (cell, -cell), (cell, cell), (0, cell * 1.5), (-cell, cell))
    else:
        for at in (-0.3, 0, 0.3):
            pen.line((-wide * 0.9, at), (wide * 0.9, at))
    for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
        with pen.at(x * wide * 0.72, y * long * 0.65, (x, y), pen.uniform(-20, 20)):
            pen.line((0, -0.1), (fin, -0.05), (fin * 1.7, fin * 0.7), (fin * 0.8, fin * 0.8), (-0.1, 0.1))
        if six:
            pen.line((x * cell, y * cell), (x * wide * 0.72, y * long * 0.65))


def turtle(pen: Pen) -> None:
    pen.choice([_turtle_profile, _turtle_above])(pen)


def _flukes(pen: Pen, x: float, y: float) -> None:
    """The tail fin of a whale, upwards from (x, y)."""
    half = pen.uniform(0.2, 0.38)
    with pen.at(x, y, turn=pen.uniform(-15, 25)):
        if pen.maybe(0.6):
            tips = [(-half, 0), (-half * 1.4, -half), (0, -half * 0.5), (half * 1.4, -half), (half, 0)]
            pen.curve((0, 0), *tips, (0, 0))
        else:
            pen.polygon((0, 0), (-half, -half), (0.02, -half * 0.6), (half, -half))


def _spout(pen: Pen, x: float, y: float) -> None:
    jet, wide, straight = y - pen.uniform(0.35, 0.6), pen.uniform(0.15, 0.35), pen.maybe(0.25)
    for side in (-1, 0, 1) if straight else _SIDES:
        tip = x + side * wide
        pen.line((x, y), (tip, jet)) if straight else pen.line(
            (x, y), (x, jet), (tip, jet), (tip + side * 0.08, jet + 0.2)
        )


def whale(pen: Pen) -> None:
    high = pen.uniform(0.45, 0.75)
    x, y = pen.uniform(0.9, 1.15), -pen.uniform(0.1, 0.7)  # where the tail ends
    match pen.choice(["drop", "boxy", "dome"]):
        case "drop":
            top = [(0.7, -0.1), (0.2, -high * 0.7), (-0.5, -high)]
            front = [(-0.95, -0.1), (-0.8, 0.4), (0, 0.5), (0.7, 0.35)]
        case "boxy":
            top = [(0.6, -0.15), (0, -high), (-0.8, -high * 1.1)]
            front = [(-0.95, 0.1), (-0.7, 0.38), (0.3, 0.4), (0.8, 0.15)]
        case "dome":
            top = [(0.8, 0.05), (0.45, -high * 0.7), (-0.3, -high)]
            front = [(-1, -0.1), (-1, 0.4), (-0.3, 0.42), (0.75, 0.4)]
    pen.curve((x, y), *top, *front, (x + 0.08, y + 0.05))
    _flukes(pen, x, y)
    _eye(pen, -0.6, -0.05, 0.07)
    if pen.maybe(0.6):
        pen.curve((-0.92, 0.15), (-0.6, 0.25), (-0.35, pen.uniform(0, 0.15)))
    if pen.maybe(0.85):
        _spout(pen, -0.4, -high - 0.05)
    match pen.choice(["none", "fin", "belly", "water"]):
        case "fin":
            pen.curve((-0.2, 0.25), (-0.05, 0.7), (0.15, 0.65), (0.05, 0.25))
        case "belly":
            pen.curve((-0.9, 0.2), (-0.3, 0.15), (0.3, 0.25), (0.8, 0.15))
        case "water":
            _water(pen, 0.5)


def octopus(pen: Pen) -> None:
    wide, high, reach = pen.uniform(0.45, 0.7), pen.uniform(0.45, 0.65), pen.uniform(0.7, 1.1)
    style, sway = pen.choice(["wavy", "spread", "thick"]), pen.uniform(0.08, 0.18) * pen.choice([-1, 1])
    arms = pen.count(5, 7) if style == "wavy" else pen.count(4, 6)
    if pen.maybe(0.5):
        pen.ellipse(0, -high, wide, high)
    else:
        pen.curve((-wide * 0.8, 0), (-wide, -high), (0, -high * 2), (wide, -high), (wide * 0.8, 0))
    for i in range(arms):
        out = 2 * i / (arms - 1) - 1  # -1 on the left, 1 on the right
        x, tip, low = out * wide * 0.8, out * (wide + reach * 0.6), reach * (1 - 0.4 * abs(out))
        match style:
            case "wavy":
                foot = [(x * 1.6 - sway, low * 0.8), (x * 1.9 + sway, low * 1.1)]
                pen.curve((x, -0.1), (x * 1.2 + sway, low * 0.4), *foot)
            case "spread":  # outwards, the tips curled up
                curl = tip + math.copysign(0.2, out)
                pen.curve((x, -0.1), ((x + tip) * 0.5, low * 0.6), (tip, low), (curl, low * 0.6))
            case "thick":
                bend, middle = x * 1.3 + sway, low * 0.6
                pen.line(
                    (x - 0.1, -0.1), (bend - 0.1, middle), (x * 1.8, low * 1.1), (bend + 0.1, middle), (x + 0.1, -0.1)
                )
    _eyes(pen, wide * 0.4, -high, 0.12)
    if pen.maybe(0.7):
        _bow(pen, 0, -high * 0.55, wide * 0.3, 0.1)


def _elephant_face(pen: Pen, ear: float, wide: float) -> None:
    curl, length, lobe = pen.uniform(-0.3, 0.3), pen.uniform(0.5, 0.9), pen.uniform(-0.1, 0.4)
    _round(pen, 0, -0.1, 0.48, pen.uniform(0.5, 0.65))
    tusks = pen.maybe(0.5)
    for side in _SIDES:
        with pen.at(side * 0.4, 0, (side, 1)):
            pen.curve((0, -0.45), (ear, -0.7), (ear + 0.25, -0.1), (ear, lobe), (0.02, 0.15))
            if tusks:
                pen.line((-0.2, 0.3), (-0.05, 0.7), (-0.05, 0.25))
    _tube(pen, [(0, 0), (0, length * 0.5), (curl * 0.4, length), (curl, length + 0.15)], wide, wide * 0.6)
    _eyes(pen, 0.22, -0.25, 0.08)


def elephant(pen: Pen) -> None:
    ear, wide = pen.uniform(0.3, 0.5), pen.uniform(0.22, 0.32)
    if pen.maybe(0.4):
        return _elephant_face(pen, ear, wide)
    low, sole, leg = pen.uniform(0.35, 0.5), pen.uniform(0.85, 1.2), pen.uniform(0.2, 0.3)
    if pen.maybe(0.5):  # head, back and legs in one go
        pen.curve((-0.8, -0.3), (-0.5, -0.65), (-0.2, -0.45), (0.4, -0.6), (0.95, -0.25), (1, sole))
        front = [(0.05, low), (0, sole), (-leg, sole), (-0.35, 0.1)]
        pen.line((1, sole), (1 - leg, sole), (1 - leg, low), *front)
    else:
        _round(pen, 0.35, 0, 0.7, low)
        _legs(pen, [-0.1, 0.15, 0.6, 0.85][:: pen.choice([1, 2, 2])], low * 0.9, sole, leg * 0.4)
        pen.ellipse(-0.5, -0.25, 0.4, pen.uniform(0.33, 0.45))
    pen.curve((-0.4, -0.5), (-0.1, -0.6), (ear * 0.6 - 0.1, -0.2), (-0.15, ear - 0.25), (-0.4, -0.1))
    raised = [(-1.05, -0.1), (-1.2, -0.5), (-1.1, -0.85)]
    hanging = [(-1, 0.2), (-1.02, 0.6), (pen.uniform(-1.25, -0.9), 0.8)]
    trunk = pen.choice([raised, hanging, hanging, [(-1, 0.2), (-1.2, 0.5), (-1.4, 0.2)]])
    _tube(pen, [(-0.75, -0.2), *trunk], wide, wide * 0.5)
    _eye(pen, -0.6, -0.32, 0.06)
    if pen.maybe(0.5):
        pen.line((-0.65, 0.05), (-0.8, 0.3), (-1.0, 0.3))
    pen.line((1, -0.1), (1.15, 0.1), (1.2, 0.35))


def _spot(pen: Pen, x: float, y: float, r: float) -> None:
    pen.polygon((x - r, y), (x, y - r), (x + r, y), (x, y + r))


def _giraffe_head(pen: Pen, x: float, y: float) -> None:
    """Looking left, the top of the neck at (x, y)."""
    long, knob = pen.uniform(0.25, 0.42), pen.maybe(0.5)
    with pen.at(x - long * 0.4, y - 0.05, turn=pen.uniform(-40, 0)):
        _ring(pen, 0, 0, long, pen.uniform(0.14, 0.2))
        pen.dot(0.05, -0.03)
        for horn in (long * 0.3, long * 0.7):
            pen.line((horn, -0.12), (horn + 0.03, -0.38))
            if knob:
                pen.dot(horn + 0.05, -0.4)
        if pen.maybe(0.6):
            pen.line((long * 0.8, -0.05), (long + 0.2, -0.15), (long * 0.9, 0.05))


def giraffe(pen: Pen) -> None:
    x, y, spot = pen.uniform(-0.9, -0.3), pen.uniform(-1.3, -0.8), pen.choice([0.0, 0.06, 0.1])
    _giraffe_head(pen, x, y)
    if pen.maybe(0.2):  # head and neck only
        for i in range(4 if spot else 0):
            _spot(pen, x + 0.15 + 0.05 * i + 0.15 * (i % 2), y + 0.4 + i * 0.3, 0.09)
        pen.curve((x - 0.05, y + 0.1), (x + 0.05, y + 0.8), (x - 0.05, y + 1.6))
        pen.curve((x + 0.2, y), (x + 0.45, y + 0.8), (x + 0.6, y + 1.6))
        return
    back, low = pen.uniform(0.35, 0.7), pen.uniform(0.2, 0.35)
    match pen.choice(["outline", "oval", "stick"]):
        case "outline":  # neck and trunk in one stroke
            pen.line((x - 0.08, y + 0.1), (-0.3, low), (back, low), (back, -0.1), (0, -0.2), (x + 0.12, y + 0.05))
        case "oval":
            pen.ellipse((back - 0.3) / 2, 0.08, (back + 0.35) / 2, low * 0.9)
            pen.line((x - 0.08, y + 0.1), (-0.32, 0.05))
            pen.line((x + 0.12, y + 0.05), (-0.05, -0.15))
        case "stick":
            pen.line((x + 0.05, y + 0.1), (-0.25, 0))
            pen.box(-0.25, -0.05, back, low)
    legs = [-0.2, -0.05, back - 0.2, back - 0.05]
    _legs(pen, legs[:: pen.count(1, 2)], low, low + pen.uniform(0.6, 0.9), 0.05)
    pen.line((back, 0), (back + 0.15, 0.1), (back + pen.uniform(0.1, 0.2), 0.4))
    for i in range(3 if spot else 0):
        share = (i + 0.7) / 3.5
        _spot(pen, x + 0.04 + share * (-0.2 - x), y - share * y, spot)
        _spot(pen, i * (back + 0.1) / 3 - 0.05, 0.08 * (-1) ** i + 0.08, spot)


def _person_head(pen: Pen, size: float) -> None:
    """Above (0, 0), perhaps with a face, and with hair or a hat."""
    pen.ellipse(0, -size, size * pen.uniform(0.85, 1), size)
    if pen.maybe(0.5):
        _eyes(pen, size * 0.4, -size * 1.15, 0.05)
        _bow(pen, 0, -size * 0.7, size * 0.45, size * 0.25)
    match pen.choice(["bald", "bald", "long", "spikes", "hat"]):
        case "long":
            for side in _SIDES:
                pen.curve((0, -size * 2), (side * size * 1.1, -size * 1.5), (side * size * 1.3, 0.1))
        case "spikes":
            for x in (-size * 0.6, 0, size * 0.6):
                pen.line((x, -size * 1.85), (x * 1.4, -size * 2.5))
        case "hat":
            rim, top, half = -size * 1.7, -size * pen.uniform(2.3, 2.8), size * 0.7
            pen.line((-half * 1.9, rim), (-half, rim), (-half, top), (half, top), (half, rim), (half * 1.9, rim))


def person(pen: Pen) -> None:
    half, hip, stance = pen.uniform(0.15, 0.3), pen.uniform(0.3, 0.6), pen.uniform(0.15, 0.5)
    foot, style = hip + pen.uniform(0.4, 0.75), pen.choice(["stick", "stick", "dress", "trousers", "box"])
    _person_head(pen, pen.uniform(0.16, 0.36))
    joint, y = (0.0, pen.uniform(0.05, 0.15)) if style in ("stick", "dress") else (half, 0.08)
    reach, bend, same = pen.uniform(0.5, 0.75), pen.choice([0, 0, 40, -60]), pen.maybe(0.6)
    right, left = pen.choice([(40, 140), (55, 125), (0, 180), (-45, 225), (-50, 130), (20, 250)])
    _limb(pen, joint, y, reach, right + pen.uniform(-15, 15), bend)
    _limb(pen, -joint, y, reach, left + pen.uniform(-15, 15), -bend if same else 0)
    match style:
        case "stick":
            pen.line((0, 0), (0, hip))
            half = 0.0
        case "dress":
            wide = pen.uniform(0.3, 0.55)
            pen.polygon((0, 0), (wide, hip), (-wide, hip))
        case "trousers":  # an outline down to the feet
            leg = [(half, 0), (half, hip), (half + 0.1, foot), (0.08, foot), (0, hip + 0.1)]
            return pen.polygon(*_mirrored(leg)[:-1])
        case "box":
            _round(pen, 0, hip / 2, half * 1.1, hip / 2) if pen.maybe(0.3) else pen.box(-half, 0, half, hip)
    step, knee = pen.uniform(0.05, 0.15), pen.choice([0, 0, 30])
    for side in _SIDES:
        with pen.at(side * half * 0.5, hip, (side, 1)):
            x, y = _limb(pen, 0, 0, foot - hip, 90 - stance * 60, knee)
            pen.line((x, y), (x + step, y))


def _profile(pen: Pen) -> None:
    """A face from the side, looking left."""
    nose, chin = -0.5 - pen.uniform(0.15, 0.4), pen.uniform(0.55, 0.75)
    pen.curve((-0.5, -0.2), (-0.45, -0.6), (0, -0.95), (0.6, -0.7), (0.75, 0), (0.6, 1.1))
    lips = [(-0.5, 0.25), (-0.55, 0.35), (-0.4, 0.42), (-0.5, 0.5), (-0.5, chin)]
    pen.line((-0.5, -0.2), (nose, 0.12), (-0.45, 0.18), *lips, (-0.35, chin + 0.15), (0.1, 0.85), (0.2, 1.1))
    pen.line((-0.4, 0.42), (-0.15, pen.uniform(0.35, 0.5)))
    _eye(pen, -0.25, -0.2, 0.1)
    _ring(pen, 0.3, 0.05, 0.12, 0.18)
    if pen.maybe(0.6):
        pen.curve((-0.45, -0.6), (0, -0.5), (0.1, -0.2), (0.5, -0.1), (0.6, 0.3))


def _hair(pen: Pen, wide: float, high: float) -> None:
    match pen.choice(["bald", "spikes", "fringe", "long", "curls"]):
        case "spikes":
            for x in (-0.5, -0.25, 0, 0.25, 0.5):
                pen.line((x * wide, -high * 0.9), (x * wide * 1.4, -high - pen.uniform(0.12, 0.3)))
        case "fringe":
            parting = pen.uniform(-0.4, 0.4) * wide
            pen.curve((-wide, -high * 0.3), (parting, -high * 0.75), (wide * 0.95, -high * 0.35))
        case "long":
            for side in _SIDES:
                pen.curve((0, -high), (side * wide * 1.05, -high), (side * wide * 1.3, 0), (side * wide * 1.25, high))
        case "curls":
            angles = [math.radians(180 + 15 * i) for i in range(13)]
            tufts = [1.25 if i % 2 else 0.98 for i in range(13)]
            pen.line(*((wide * r * math.cos(a), high * r * math.sin(a)) for a, r in zip(angles, tufts, strict=True)))


def _look(pen: Pen, gap: float, y: float, wide: float) -> None:
    """Eyes, with glasses or brows perhaps, and a nose."""
    match pen.choice(["plain", "plain", "brows", "glasses"]):
        case "brows":
            slope = pen.uniform(-0.12, 0.12)
            for side in _SIDES:
                pen.line((side * gap * 0.5, y - 0.25), (side * gap * 1.4, y - 0.25 + slope))
        case "glasses":
            pen.line((-gap * 0.3, y), (gap * 0.3, y))
            for side in _SIDES:
                _ring(pen, side * gap, y, gap * 0.75)
                pen.line((side * gap * 1.7, y), (side * wide, y - 0.1))
    _eyes(pen, gap, y, pen.uniform(0.08, 0.14))
    straight, turned = [(0, y + 0.1), (0, 0.2)], [(0, y), (-0.13, 0.2), (0.05, 0.2)]
    pen.line(*pen.choice([straight, turned, [(-0.12, 0.15), (0, 0.22), (0.12, 0.15)]]))


def face(pen: Pen) -> None:
    wide, high = pen.uniform(0.6, 0.85), pen.uniform(0.75, 1.0)
    match pen.choice(["oval", "oval", "chin", "profile"]):
        case "oval":
            pen.ellipse(0, 0, wide, high)
        case "chin":
            half = [(0, -high), (wide, -high * 0.7), (wide, 0), (wide * pen.uniform(0.4, 0.7), high * 0.9)]
            pen.curve(*_mirrored(half)[:-1], closed=True)
        case "profile":
            return _profile(pen)
    _look(pen, wide * pen.uniform(0.35, 0.5), pen.uniform(-0.3, -0.1), wide)
    smile, depth = wide * pen.uniform(0.3, 0.6), pen.uniform(0.1, 0.3)
    match pen.choice(["smile", "grin", "sad", "straight", "open"]):
        case "smile":
            pen.arc(0, 0.4, smile, depth, 0, 180)
        case "grin":
            pen.polygon((-smile, 0.4), (smile, 0.4), (smile * 0.5, 0.4 + depth), (-smile * 0.5, 0.4 + depth))
        case "sad":
            _bow(pen, 0, 0.6, smile, -depth * 0.8)
        case "straight":
            pen.line((-smile, 0.5), (smile, 0.45))
        case "open":
            _ring(pen, 0, 0.5, smile * 0.7, depth * 0.8)
    for side in _SIDES if pen.maybe(0.45) else ():
        pen.arc(side * wide, 0, side * 0.18, 0.22, -100, 100)
    _hair(pen, wide, high)


PROGRAMS = (
    fish, cat, dog, bird, duck, owl, rabbit, snake, snail, spider,
    butterfly, bee, crab, turtle, whale, octopus, elephant, giraffe, person, face,
)  # fmt: skip
