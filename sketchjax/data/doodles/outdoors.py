"""Outdoors: buildings, nature and the sky."""

from math import atan2, cos, degrees, pi, radians, sin

from sketchjax.data.doodles.pen import Pen, Point


def _on(x: float, y: float, rx: float, ry: float, angle: float) -> Point:
    """The point of an ellipse around (x, y) at this angle."""
    return x + rx * cos(radians(angle)), y + ry * sin(radians(angle))


def _bumpy(
    pen: Pen,
    x: float,
    y: float,
    rx: float,
    ry: float,
    bumps: int,
    start: float = 0,
    span: float = 360,
    depth: float = 0.3,
) -> None:
    """An ellipse, or part of one, of round bumps of unequal width."""
    widths = [pen.uniform(0.7, 1.3) for _ in range(bumps)]
    points, angle = [], start
    for width in widths:
        step = span * width / sum(widths) / 5
        for k in range(5):
            bulge = 1 + depth * sin(pi * k / 5)
            points.append(_on(x, y, rx * bulge, ry * bulge, angle + k * step))
        angle += 5 * step
    pen.line(*points, _on(x, y, rx, ry, start + span))


def _pebble(pen: Pen, x: float, y: float, size: float) -> None:
    """A small circle of few points."""
    pen.polygon(*[_on(x, y, size, size, 51 * k) for k in range(7)])


def _zigzag(left: float, right: float, low: float, high: float, teeth: int) -> list[Point]:
    """Points of teeth that start and end low."""
    width = (right - left) / (2 * teeth)
    return [(left + k * width, high if k % 2 else low) for k in range(2 * teeth + 1)]


def _battlements(left: float, right: float, y: float, teeth: int) -> list[Point]:
    """Points along the top of a wall that starts and ends with a tooth."""
    width, points = (right - left) / (2 * teeth - 1), []
    for k in range(2 * teeth - 1):
        level = y + width * 0.9 * (k % 2)
        points += [(left + k * width, level), (left + (k + 1) * width, level)]
    return points


def _waves(pen: Pen, left: float, right: float, y: float) -> None:
    pen.curve(*_zigzag(left, right, y, y - pen.uniform(0.1, 0.2), pen.count(2, 3)))


def _shore(pen: Pen, x: float, y: float, half: float) -> None:
    """What something tall at (x, y) stands on, if anything."""
    match pen.choice(("ground", "rock", "waves", "island", "nothing")):
        case "ground":
            pen.line((x - half, y), (x + half, y))
        case "rock":
            pen.line((x - half, y + 0.35), (x - half * 0.6, y), (x + half * 0.5, y), (x + half, y + 0.35))
        case "waves":
            _waves(pen, x - half, x + half, y + 0.1)
        case "island":
            pen.arc(x, y + 0.25, half, 0.3, 180, 360)


def _arch(pen: Pen, x: float, bottom: float, half: float, height: float) -> None:
    """A door or a window with a round or a pointed top."""
    shoulder = bottom - height + half
    top = [_on(x, shoulder, half, half, a) for a in (225, 270, 315)] if pen.maybe(0.7) else [(x, bottom - height)]
    pen.line((x - half, bottom), (x - half, shoulder), *top, (x + half, shoulder), (x + half, bottom))


def _window(pen: Pen, x: float, y: float, size: float) -> None:
    if pen.maybe(0.2):
        _pebble(pen, x, y, size)
    else:
        pen.box(x - size, y - size, x + size, y + size)
    if pen.maybe(0.5):
        pen.line((x, y - size), (x, y + size))
        pen.line((x - size, y), (x + size, y))


def _cross(pen: Pen, x: float, bottom: float, size: float) -> None:
    pen.line((x, bottom), (x, bottom - size))
    pen.line((x - size * 0.35, bottom - size * 0.65), (x + size * 0.35, bottom - size * 0.65))


def _flag(pen: Pen, x: float, bottom: float) -> None:
    top = bottom - pen.uniform(0.35, 0.5)
    pen.line((x, bottom), (x, top), (x + 0.3, top + 0.1), (x, top + 0.2))


def _face(pen: Pen, x: float, y: float, size: float) -> None:
    for side in (-0.4, 0.4):
        pen.dot(x + side * size, y - 0.25 * size)
    pen.arc(x, y, size * 0.5, size * pen.uniform(0.3, 0.6), 20, 160)


# Buildings -----------------------------------------------------------------------------------------------------------


def _walls_and_roof(pen: Pen, half: float, height: float, roof: float) -> None:
    """A house whose walls begin at y = 0 and whose roof is above."""
    eaves = half + pen.choice((0, 0.1, 0.25))
    match pen.choice(("gable", "gable", "outline", "corner", "long", "annex")):
        case "gable":
            pen.box(-half, 0, half, height)
            pen.polygon((-eaves, 0), (pen.uniform(-0.1, 0.1), -roof), (eaves, 0))
        case "outline":  # no line between wall and roof
            pen.line((-half, 0), (-half, height), (half, height), (half, 0))
            pen.line((-eaves, 0.1), (0, -roof), (eaves, 0.1))
        case "corner":  # the gable and a long side
            gable, right = pen.uniform(-0.3, 0.3) * half, half * 1.3
            pen.box(-half, 0, right, height)
            pen.line((-half, 0), ((gable - half) / 2, -roof), (gable, 0), (gable, height))
            pen.line(((gable - half) / 2, -roof), (right - pen.uniform(0, 0.3), -roof), (right, 0))
        case "long":  # a roof seen from its long side
            ridge = eaves * pen.uniform(0.5, 0.85)
            pen.box(-half, 0, half, height)
            pen.polygon((-eaves, 0), (-ridge, -roof), (ridge, -roof), (eaves, 0))
        case "annex":
            right, low = half + pen.uniform(0.3, 0.7), height * pen.uniform(0.2, 0.4)
            pen.polygon((-half, 0), (0, -roof), (half, 0), (half, height), (-half, height))
            pen.line((half, low * 0.5), (right, low), (right, height), (half, height))


def house(pen: Pen) -> None:
    half, height, roof = pen.uniform(0.45, 0.85), pen.uniform(0.55, 1.1), pen.uniform(0.35, 0.9)
    _walls_and_roof(pen, half, height, roof)
    door, windows = pen.choice((-0.5, 0.0, 0.5)) * half, pen.count(0, 2)
    if not windows or pen.maybe(0.85):
        top = height - pen.uniform(0.35, 0.5)
        pen.box(door - 0.14, top, door + 0.14, height)
    for x in [x for x in (-0.5 * half, 0.5 * half) if x != door][:windows]:
        _window(pen, x, height * pen.uniform(0.3, 0.45), pen.uniform(0.12, 0.18))
    if pen.maybe(0.15):
        _pebble(pen, 0, -roof * 0.3, 0.13)
    if pen.maybe(0.45):
        left, top = pen.uniform(0.2, 0.45) * half, -roof - pen.uniform(0, 0.2)
        pen.line((left, -roof * 0.6), (left, top), (left + 0.2, top), (left + 0.2, -roof * 0.4))
        if pen.maybe(0.4):  # smoke
            pen.curve(
                (left + 0.1, top - 0.1), (left + 0.25, top - 0.25), (left + 0.1, top - 0.4), (left + 0.4, top - 0.55)
            )


def _tower(pen: Pen, x: float, half: float, top: float, foot: float, spire: float) -> float:
    """A tower with a spire of this height, or with battlements where that is 0; returns where its tip is."""
    if not spire:
        pen.line((x - half, foot), *_battlements(x - half, x + half, top, 2), (x + half, foot))
        return top
    pen.line((x - half, foot), (x - half, top), (x + half, top), (x + half, foot))
    pen.line((x - half - 0.08, top), (x, top - spire), (x + half + 0.08, top))
    return top - spire


def castle(pen: Pen) -> None:
    half, tower, wall = pen.uniform(0.5, 0.85), pen.uniform(0.18, 0.28), pen.uniform(-0.1, 0.4)
    top, spires, flagged = wall - pen.uniform(0.25, 0.7), pen.choice((0, 0.5, 1)), pen.count(0, 3)
    if pen.maybe(0.25):  # a keep: one massive tower
        half, tower = half * 0.85, 0
        pen.line((-half, 1), *_battlements(-half - 0.1, half + 0.1, -0.5, pen.count(3, 4)), (half, 1))
        pen.line((-half, -0.1), (half, -0.1))
        for x in (-half * 0.5, half * 0.5)[: pen.count(0, 2)]:
            _arch(pen, x, 0.35, 0.12, 0.3)
        if flagged == 0:
            _flag(pen, 0, -0.5)
    else:
        pen.line(*_battlements(tower - half, half - tower, wall, pen.count(2, 3)))
        for k, x in enumerate((-half, half, 0)[: pen.choice((2, 2, 3))]):
            foot, peak = (1, top) if x else (wall, top - 0.35)
            spire = pen.uniform(0.35, 0.6) if pen.maybe(spires) else 0
            tip = _tower(pen, x, tower, peak, foot, spire)
            if k == flagged:
                _flag(pen, x, tip)
    pen.line((-half - tower, 1), (half + tower, 1))
    _arch(pen, 0, 1, pen.uniform(0.14, 0.24), pen.uniform(0.4, 0.55))


def church(pen: Pen) -> None:
    half, roof, cross, door = pen.uniform(0.4, 0.8), pen.uniform(0.4, 0.8), pen.uniform(0.3, 0.5), 0.0
    match pen.choice(("gable", "gable", "side", "side", "cathedral", "dome")):
        case "gable":  # from the front, often with a tower on the ridge
            pen.polygon((-half, 0.2), (0, 0.2 - roof), (half, 0.2), (half, 0.9), (-half, 0.9))
            tower, top = pen.choice((0, 0.18, 0.25)), -roof - pen.choice((0, 0.4))
            if tower:
                pen.line((-tower, 0.3 - roof), (-tower, top), (0, top - 0.5), (tower, top), (tower, 0.3 - roof))
            _cross(pen, 0, top - 0.5 if tower else 0.2 - roof, cross)
        case "side":
            tower, nave, top = pen.uniform(0.2, 0.3), pen.uniform(0.5, 1.2), pen.uniform(-0.6, 0.0)
            door = pen.choice((-tower, nave * 0.6))
            pen.line((0, 0.9), (-2 * tower, 0.9), (-2 * tower, top), (-tower, top - roof), (0, top), (0, 0.9))
            pen.line((0, 0.1), (nave - pen.uniform(0, 0.3), 0.1), (nave, 0.4), (nave, 0.9), (0, 0.9))
            pen.line((0, 0.4), (nave, 0.4))
            _cross(pen, -tower, top - roof, cross)
        case "cathedral":  # two towers
            tower, foot = half * pen.uniform(0.3, 0.45), half + 0.15
            pen.line((tower - foot, 0.1), (0, pen.uniform(-0.4, 0)), (foot - tower, 0.1))
            pen.line((-foot, 0.9), (foot, 0.9))
            for x in (tower - foot, foot - tower):
                pen.line((x - tower, 0.9), (x - tower, 0), (x, -roof), (x + tower, 0), (x + tower, 0.9))
                _cross(pen, x, -roof, cross)
        case "dome":  # an onion
            pen.box(-half, 0, half, 0.9)
            pen.curve((-half * 0.5, 0), (-half * 0.8, -0.4), (0, -0.9), (half * 0.8, -0.4), (half * 0.5, 0))
            _cross(pen, 0, -0.9, cross)
    _arch(pen, door, 0.9, pen.uniform(0.12, 0.18), pen.uniform(0.35, 0.5))


def _tipi(pen: Pen, half: float, height: float) -> None:
    """A tent whose poles cross at the top, with a band of pattern or none."""
    over = pen.uniform(0.12, 0.3)
    for side in (-1, 1):
        pen.line((side * half, 0), (-side * half * over / height, -height - over))
    pen.line((-half, 0), (half, 0))
    for share in (0.6, 0.4)[: pen.count(0, 2)]:
        edge = -height * (1 - share)
        pen.line(*_zigzag(-half * share, half * share, edge, edge - pen.choice((0, 0.15)), pen.count(2, 3)))


def tent(pen: Pen) -> None:
    half, height, slit = pen.uniform(0.6, 1.0), pen.uniform(0.7, 1.2), pen.uniform(0.12, 0.3)
    style = pen.choice(("front", "side", "side", "tipi", "dome"))
    match style:
        case "front":
            pen.polygon((-half, 0), (0, -height), (half, 0))
        case "tipi":
            _tipi(pen, half * 0.8, height)
        case "side":  # the ridge runs back
            back, rise, half = pen.uniform(0.7, 1.3), pen.uniform(0, 0.3), half * 0.7
            pen.polygon((-half, 0), (0, -height), (half, 0))
            pen.line((0, -height), (back, -height - rise * 0.3), (back + half * 0.9, -rise), (half, 0))
        case "dome":
            pen.arc(0, 0, half, height, 180, 360)
            pen.line((-half, 0), (half, 0))
            if pen.maybe():
                pen.arc(0, 0, half * pen.uniform(0.4, 0.7), height, 180, 360)
    if style == "dome" or pen.maybe(0.3):
        _arch(pen, 0, 0, slit, height * pen.uniform(0.45, 0.6))
    else:  # flaps
        top = -height * pen.choice((1, 0.7))
        pen.line((-slit, 0), (0, top), (slit, 0))
        if pen.maybe(0.3):
            pen.line((0, top), (0, 0))
    if style in ("front", "dome") and pen.maybe():  # guy ropes
        for side in (-1, 1):
            pen.line((side * half * 0.6, -height * 0.4), (side * (half + 0.25), 0))


def lighthouse(pen: Pen) -> None:
    top, foot, height = pen.uniform(0.15, 0.25), pen.uniform(0.28, 0.45), pen.uniform(0.9, 1.4)
    lamp, roof, gallery = pen.uniform(0.22, 0.35), pen.uniform(0.15, 0.35), top + pen.choice((0, 0.08, 0.15))
    pen.line((-foot, height), (-top, 0), (top, 0), (foot, height))
    pen.line((-gallery, 0), (gallery, 0))
    pen.line((-top, 0), (-top, -lamp), (top, -lamp), (top, 0))
    if pen.maybe():
        pen.arc(0, -lamp, top, roof, 180, 360)
    else:
        pen.polygon((-top - 0.08, -lamp), (0, -lamp - roof), (top + 0.08, -lamp))
    stripes, slant = pen.choice((0, 2, 3, 4)), pen.choice((0, 0, 0.15))
    for k in range(stripes):
        y = height * (k + 1) / (stripes + 1)
        width = top + (foot - top) * y / height
        pen.line((-width, y - slant), (width, y + slant))
    if not stripes or pen.maybe(0.3):
        _arch(pen, 0, height, 0.12, 0.35)
    sides, tilts = pen.choice(((1,), (-1, 1), (-1, 1), ())), pen.choice(((-1, 1), (-1, 1), (-1, 0, 1)))
    reach, spread = pen.uniform(0.4, 0.9), pen.uniform(0.1, 0.3)
    for side in sides:  # the beams of light
        for tilt in tilts:
            pen.line((side * (top + 0.1), -lamp / 2), (side * (top + reach), tilt * spread - lamp / 2))
    _shore(pen, 0, height, foot + pen.uniform(0.2, 0.6))


def _sail(pen: Pen, shape: str, length: float, width: float) -> None:
    """A sail of a windmill, from (0, 0) to the right."""
    inner, half = length * 0.3, width / 2
    if shape in ("line", "ladder", "box"):
        pen.line((0, 0), (length, 0))
    match shape:
        case "box":
            pen.line((inner, 0), (inner, width), (length, width), (length, 0))
        case "ladder":
            for x in (length * 0.4, length * 0.7, length):
                pen.line((x, -half), (x, half))
        case "flag":
            pen.polygon((0, 0), (length, 0), (length, width))
        case "triangle":
            pen.polygon((0, 0), (length, -half), (length, half))
        case "petal":
            pen.polygon((0, 0), (inner, -half), (length, 0), (inner, half))


def windmill(pen: Pen) -> None:
    length, turn, height = pen.uniform(0.55, 0.9), pen.uniform(0, 90), pen.uniform(1.0, 1.5)
    match pen.choice(("tower", "tower", "tower", "turbine", "wheel")):
        case "tower":
            top, foot, sails, width = pen.uniform(0.18, 0.3), pen.uniform(0.35, 0.6), 4, pen.uniform(0.15, 0.25)
            shape = pen.choice(("box", "box", "ladder", "flag", "triangle", "petal"))
            pen.line((-top, -0.1), (-foot, height), (foot, height), (top, -0.1))
            if pen.maybe():
                pen.arc(0, -0.1, top, 0.25, 180, 360)
            else:
                pen.polygon((-top - 0.05, -0.1), (0, -0.35), (top + 0.05, -0.1))
            if pen.maybe(0.7):
                _arch(pen, 0, height, 0.13, 0.4)
        case "turbine":
            sails, shape, width, foot = 3, pen.choice(("petal", "petal", "triangle")), 0.15, pen.choice((0, 0.08))
            for side in (-foot, foot) if foot else (0,):
                pen.line((side, height), (0, 0))
        case "wheel":  # of many blades, on a trestle
            sails, shape, width, length = pen.count(6, 8), pen.choice(("petal", "line")), 0.14, pen.uniform(0.4, 0.6)
            pen.line((-0.35, height), (0, 0), (0.35, height))
            pen.line(*[(side * 0.3 * y, y * height) for side, y in ((1, 0.95), (-1, 0.65), (1, 0.45))])
            if shape == "line":
                pen.ellipse(0, 0, length)
    for k in range(sails):
        with pen.at(turn=turn + 360 * k / sails):
            _sail(pen, shape, length, width)


def _cables(pen: Pen, height: float, pier: float) -> None:
    """A road on cables between two towers."""
    tower = pen.uniform(0.4, 0.7)
    pen.line((-1.1, 0), (1.1, 0))
    for x in (-tower, tower):
        pen.line((x, -height), (x, pier))
    if pen.maybe(0.3):  # straight cables, like sails
        for x in (-tower, tower):
            for reach in (0.4, 0.2)[: pen.count(1, 2)]:
                pen.line((x - reach, 0), (x, -height), (x + reach, 0))
        return
    sag, hangers = pen.uniform(0.05, 0.25), pen.count(3, 6)
    shares = [2 * (k + 1) / (hangers + 1) - 1 for k in range(hangers)]
    cable = [(share * tower, -sag - (height - sag) * share**2) for share in (-1, *shares, 1)]
    pen.line((-1.1, 0), *cable, (1.1, 0))
    for x, y in cable[1:-1]:
        pen.line((x, y), (x, 0))


def _hump(pen: Pen, height: float) -> None:
    """A footbridge with a railing, of wood or walled below."""
    rail, posts = pen.uniform(0.25, 0.4), pen.count(3, 6)
    pen.arc(0, 0, 1.1, height, 180, 360)
    pen.arc(0, -rail, 1.1, height, 195, 345)
    inner, top = pen.choice(((0.6, height * 0.6), (1, height - 0.12)))
    pen.arc(0, 0, inner, top, 180, 360)
    for k in range(posts):
        x, y = _on(0, 0, 1.1, height, 205 + 130 * k / (posts - 1))
        pen.line((x, y), (x, y - rail))


def bridge(pen: Pen) -> None:
    height, pier, style = (
        pen.uniform(0.5, 0.9),
        pen.uniform(0.3, 0.6),
        pen.choice(("cables", "cables", "arches", "hump", "truss")),
    )
    match style:
        case "cables":
            _cables(pen, height, pier)
        case "arches":  # of stone
            arches, road = pen.count(1, 4), -pen.uniform(0.12, 0.25)
            pen.line((-1, height), (-1.1, height), (-1.1, road), (1.1, road), (1.1, height), (1, height))
            for k in range(arches):
                pen.arc((2 * k + 1) / arches - 1, height, 1 / arches - 0.06, height, 180, 360)
        case "hump":
            _hump(pen, height)
            pier = 0
        case "truss":
            teeth, top = pen.count(3, 5), pen.uniform(0.4, 0.6)
            pen.line(*_zigzag(-1, 1, 0, -top, teeth))
            pen.line((-1.1, 0), (1.1, 0))
            pen.line((1 / teeth - 1, -top), (1 - 1 / teeth, -top))
            for x in (-0.8, 0.8):
                pen.line((x, 0), (x, pier))
    if pen.maybe(0.6) and style != "arches":
        _waves(pen, -0.9, 0.9, pier + 0.2)


def fence(pen: Pen) -> None:
    style, boards = pen.choice(("pickets", "pickets", "closed", "laths", "posts")), pen.count(3, 5)
    half, height, point = pen.uniform(0.5, 0.85) / boards, pen.uniform(0.7, 1.1), pen.choice((0, 0.12, 0.25))
    rails = [share * height for share in pen.choice(((0.25, 0.7), (0.3, 0.75), (0.4,)))]
    match style:
        case "pickets":
            for x in [(2 * k + 1) / boards - 1 for k in range(boards)]:
                left, right = x - half, x + half
                pen.line((left, height), (left, 0), (x, -point), (right, 0), (right, height), (left, height))
        case "closed":  # boards without gaps
            pen.line((-1, height), *_zigzag(-1, 1, 0, -max(point, 0.15), boards), (1, height), (-1, height))
            for k in range(1, boards):
                pen.line((2 * k / boards - 1, 0), (2 * k / boards - 1, height))
        case "laths":  # single lines
            for k in range(boards + 2):
                x = 2 * k / (boards + 1) - 1
                pen.line((x, -pen.uniform(0, 0.1)), (x, height))
        case "posts":  # few, with long rails
            rails = [share * height for share in (0.15, 0.45, 0.75)[: pen.count(2, 3)]]
            for x in (-0.8, 0, 0.8) if pen.maybe() else (-0.9, -0.3, 0.3, 0.9):
                pen.line((x - 0.08, height), (x - 0.08, -point), (x + 0.08, -point), (x + 0.08, height))
    thick = 0.13 if style in ("laths", "posts") and len(rails) < 3 and pen.maybe() else 0
    for y in rails:
        pen.line((-1.1, y), (1.1, y))
        if thick:
            pen.line((-1.1, y + thick), (1.1, y + thick))


# Nature --------------------------------------------------------------------------------------------------------------


def _branch(pen: Pen, length: float, forks: int) -> None:
    pen.line((0, 0), (0, -length))
    for side in (-1, 1) if forks else ():
        with pen.at(0, -length * pen.uniform(0.6, 1), pen.uniform(0.65, 0.85), side * pen.uniform(20, 45)):
            _branch(pen, length, forks - 1)


def _leafy_crown(pen: Pen, half: float, height: float) -> None:
    if pen.maybe(0.65):
        _bumpy(pen, 0, -height, half, height, pen.count(5, 9), 90, 360, pen.uniform(0.15, 0.35))
    else:
        pen.ellipse(0, -height, half, height)
    for k in range(pen.choice((0, 0, 3, 4))):  # apples
        _pebble(pen, *_on(0, -height, half * 0.6, height * 0.6, 110 * k + pen.uniform(-20, 20)), 0.09)
    if pen.maybe(0.3):  # branches
        pen.line((-0.3, -height), (0, -0.3), (0.25, -height * 0.8))
        pen.line((0, -0.3), (0, 0))


def tree(pen: Pen) -> None:
    half, trunk, thick = pen.uniform(0.45, 0.9), pen.uniform(0.4, 0.9), pen.uniform(0.08, 0.18)
    style, tiers = pen.choice(("leafy", "leafy", "leafy", "stacked", "jagged", "bare")), pen.count(2, 4)
    match style:
        case "leafy":
            _leafy_crown(pen, half, pen.uniform(0.5, 0.9))
            trunk += 0.2
        case "stacked":  # a conifer of triangles
            trunk *= 0.5
            for k in range(tiers):
                low, width = -1.5 * k / tiers, half * (1 - 0.6 * k / tiers)
                pen.polygon((-width, low), (0, low - 2 / tiers), (width, low))
        case "jagged":  # a conifer in one outline
            trunk, right = trunk * 0.5, [(0.0, -1.6)]
            for k in range(1, tiers + 1):
                width, low = half * (0.3 + 0.7 * k / tiers), 1.6 * k / tiers - 1.6
                right += [(width, low), (width * 0.45, low)]
            pen.line(*[(-x, y) for x, y in right[::-1]], *right)
        case "bare":
            with pen.at(0, 0.1):
                _branch(pen, pen.uniform(0.5, 0.7), 3)
    flare = pen.choice((1, 1.4, 2))
    for side in (-thick, thick):
        pen.curve((side * (0.3 if style == "bare" else 1), 0), (side, trunk * 0.6), (side * flare, trunk))
    if pen.maybe(0.4):
        pen.line((-half, trunk), (half, trunk))


def _frond(pen: Pen, angle: float, length: float, shape: str) -> None:
    """A leaf of a palm: it rises from (0, 0) and hangs over."""
    (x, y), droop = _on(0, 0, length, length * 0.7, angle), pen.uniform(0.2, 0.5)
    middle, end = (x * 0.55, y * 0.7 - 0.15), (x, y + droop)
    pen.curve((0, 0), middle, end)
    if shape == "leaf":
        pen.line((0, 0), (middle[0] * 0.9, middle[1] + 0.2), end)
    elif shape == "comb":
        for x, y in (middle, ((middle[0] + end[0]) / 2, (middle[1] + end[1]) / 2 - 0.05)):
            pen.line((x, y), (x - 0.05, y + 0.25))


def palm_tree(pen: Pen) -> None:
    shape, leaves = pen.choice(("line", "leaf", "leaf", "comb")), pen.count(4, 5)
    height, lean, thick = pen.uniform(0.9, 1.6), pen.uniform(-0.1, 0.6), pen.uniform(0.06, 0.12)
    for k in range(leaves):
        _frond(pen, 8 - 196 * k / (leaves - 1) + pen.uniform(-8, 8), pen.uniform(0.6, 0.9), shape)
    bend = lean * pen.uniform(0.1, 0.4)
    for side in (-thick, thick) if pen.maybe(0.8) else (0,):
        pen.curve((side * 0.6, 0), (side * 0.8 - bend, height * 0.5), (side * 1.3 - lean, height))
    for k in range(pen.choice((0, 0, 3))):  # rings of the trunk
        x, y = -bend * (k + 1) / 2, height * (k + 1) / 4
        pen.line((x - thick, y), (x + thick, y))
    for x in (-0.13, 0.13)[: pen.choice((0, 1, 2, 2))]:  # coconuts
        _pebble(pen, x, 0.1, 0.1)
    _shore(pen, -lean, height, pen.uniform(0.5, 0.9))


def _blossom(pen: Pen, size: float) -> None:
    """A flower seen from above, around (0, 0)."""
    petals, heart, shape = (
        pen.count(5, 7),
        pen.uniform(0.22, 0.4) * size,
        pen.choice(("bumps", "round", "broad", "pointed")),
    )
    if shape != "pointed" or pen.maybe():
        pen.ellipse(0, 0, heart)
    if shape == "bumps":
        _bumpy(pen, 0, 0, size * 0.65, size * 0.65, petals, 0, 360, pen.uniform(0.35, 0.6))
        return
    half, first = pi * (size + heart) / 2 / petals * pen.uniform(0.5, 0.8), pen.uniform(0, 90)
    for k in range(petals):
        with pen.at(turn=first + 360 * k / petals):
            if shape == "round":
                middle, long = (heart + size) / 2, (size - heart) / 2
                pen.line(*[_on(middle, 0, long, half, angle) for angle in range(-135, 136, 45)])
            elif shape == "broad":
                pen.line(
                    (heart, -half * 0.4), (size * 0.75, -half), (size, 0), (size * 0.75, half), (heart, half * 0.4)
                )
            else:
                pen.line((0, 0), (size * 0.6, -half), (size, 0), (size * 0.6, half), (0, 0))


def _leaf(pen: Pen, x: float, y: float, reach: float, rise: float) -> None:
    """A leaf from (x, y) outwards (to the left if negative) and up."""
    tip = (x + reach, y - rise - 0.1)
    pen.curve((x, y), (x + reach * 0.4, y - rise - 0.08), tip)
    pen.line((x, y), (x + reach * 0.7, y - rise * 0.3), tip)


def flower(pen: Pen) -> None:
    size, height, bend = pen.uniform(0.45, 0.7), pen.uniform(0.5, 1.2), pen.uniform(-0.2, 0.2)
    head, collar = pen.choice(("above", "above", "above", "alone", "tulip", "tulip", "rose")), 0.0
    match head:
        case "alone":  # without a stem
            _blossom(pen, 1)
            return
        case "above":
            _blossom(pen, size)
            collar = size
        case "tulip":
            top, dip, wide = pen.uniform(-1.0, -0.6), pen.uniform(0.2, 0.4), size * pen.uniform(0.6, 1)
            pen.line(*_zigzag(-wide, wide, top, top + dip, pen.count(2, 3)))
            pen.curve((-wide, top), (-wide, -0.3), (0, 0), (wide, -0.3), (wide, top))
        case "rose":  # a spiral in a cup
            turns, rim = pen.uniform(1.5, 2.2), size * 0.8
            radii = [rim * (0.1 + 0.09 * k) for k in range(11)]
            pen.curve(*[_on(0, -size, r, r, 36 * turns * k) for k, r in enumerate(radii)])
            pen.curve((-rim, -size), (-rim * 0.8, -0.2), (0, 0), (rim * 0.8, -0.2), (rim, -size))
    foot = collar + height
    pen.curve((0, collar), (bend, collar + height / 2), (0, foot))
    for side in ((), (-1,), (-1, 1), (-1, 1))[pen.count(0 if head == "above" else 1, 3)]:
        y = foot - height * pen.uniform(0.2, 0.5)
        _leaf(pen, bend * 0.8, y, side * pen.uniform(0.3, 0.55), pen.uniform(0, 0.4))
    if pen.maybe(0.25):  # grass
        pen.line(*_zigzag(-0.5, 0.5, foot, foot - 0.2, pen.count(3, 4)))


def _arm(pen: Pen, x: float, y: float, reach: float, rise: float, thick: float) -> None:
    """An arm of a cactus, from (x, y) outwards (to the left if negative), then up."""
    side, tip = (thick if reach > 0 else -thick), y - rise
    outer, inner = x + reach, x + reach - 2 * side
    pen.curve((x, y + thick), (outer - side, y + thick * 0.7), (outer, y - thick), (outer, tip))
    top = [_on(outer - side, tip, side, thick, angle) for angle in (-45, -90, -135)]
    pen.line((outer, tip), *top, (inner, tip), (inner, y - thick), (x, y - thick))


def _saguaro(pen: Pen, half: float, foot: float) -> list[Point]:
    """A column with arms; returns where spines may be."""
    height = pen.uniform(0.9, 1.4)
    top = half - height
    pen.line((-half, foot), (-half, top))
    pen.arc(0, top, half, half, 180, 360)
    pen.line((half, top), (half, foot))
    for side in ((-1, 1), (-1, 1), (-1,), (-1, 1, 1))[pen.count(0, 3)]:
        y, reach = pen.uniform(-height * 0.5, foot - 0.4), pen.uniform(0.3, 0.55)
        _arm(pen, side * half, y, side * reach, pen.uniform(0.2, 0.6), pen.uniform(0.09, 0.13))
    return [(0, -height * share) for share in (0.7, 0.35, 0)]


def _prickly_pear(pen: Pen, foot: float) -> list[Point]:
    """Oval pads upon a pad; returns where spines may be."""
    wide, tall, spines = pen.uniform(0.28, 0.45), pen.uniform(0.4, 0.55), [(0.0, foot - 0.5)]
    pen.ellipse(0, foot - tall, wide, tall)
    for turn in pen.choice(((-55, 0, 50), (-45, 20), (-15, 60))):
        tilt, size = turn + pen.uniform(-10, 10), pen.uniform(0.3, 0.45)
        slim = size * pen.uniform(0.5, 0.75)
        with pen.at(*_on(0, foot - tall, wide + size * 0.9, tall + size * 0.9, tilt - 90), 1, tilt):
            pen.ellipse(0, 0, slim, size)
            for angle in (-150, -90, -30):
                pen.line(_on(0, 0, slim, size, angle), _on(0, 0, slim + 0.14, size + 0.14, angle))
    return spines


def _barrel_cactus(pen: Pen, foot: float) -> None:
    """A ball with ribs and spikes, often in bloom."""
    half, tall = pen.uniform(0.45, 0.65), pen.uniform(0.5, 0.8)
    middle = foot - tall * 0.8
    pen.arc(0, middle, half, tall, 130, 410)
    for share in (-0.5, 0, 0.5):
        pen.arc(0, middle, half * share, tall, -90, 50)
    for k in range(7):
        angle = 180 + 30 * k + pen.uniform(-6, 6)
        pen.line(_on(0, middle, half, tall, angle), _on(0, middle, half + 0.2, tall + 0.2, angle))


def cactus(pen: Pen) -> None:
    foot, half, spines, style = (
        0.6,
        pen.uniform(0.15, 0.3),
        [],
        pen.choice(("column", "column", "column", "pads", "ball")),
    )
    match style:
        case "column":
            spines = _saguaro(pen, half, foot)
        case "pads":
            spines = _prickly_pear(pen, foot)
        case "ball":
            _barrel_cactus(pen, foot)
    if pen.maybe(0.7):
        for x, y in spines:
            pen.line((x - 0.08, y - 0.08), (x, y + 0.04), (x + 0.08, y - 0.08))
    if style == "ball" or pen.maybe(0.35):  # a pot
        rim, base = pen.uniform(0.4, 0.55), pen.uniform(0.25, 0.35)
        pen.polygon((-rim, foot), (rim, foot), (base, foot + 0.5), (-base, foot + 0.5))
    else:
        pen.line((-0.7, foot), (0.7, foot))


def _toadstool(pen: Pen) -> None:
    half, height, rim = pen.uniform(0.6, 1.0), pen.uniform(0.5, 1.0), pen.uniform(0.08, 0.22)
    foot, stem, belly = pen.uniform(0.5, 1.0), pen.uniform(0.15, 0.3), pen.uniform(0.8, 1.7)
    cap, top = pen.choice(("dome", "dome", "bell", "hollow")), rim
    if cap == "bell":
        pen.curve(
            (-half, 0), (-half * 0.65, -height * 0.6), (0, -height * 1.2), (half * 0.65, -height * 0.6), (half, 0)
        )
    else:
        pen.arc(0, 0, half, height, 180, 360)
    if cap == "hollow":
        pen.arc(0, 0, half, rim * 1.5, 180, 360)
        top = -rim * 1.5
    elif pen.maybe(0.4):
        pen.line((-half, 0), (half, 0))
        top = 0.0
    else:
        pen.arc(0, 0, half, rim, 0, 180)
    for side in (-stem, stem):
        pen.curve((side, top), (side * belly, foot * 0.7), (side * 0.9, foot))
    pen.line((-stem * 0.9, foot), (stem * 0.9, foot))
    match pen.choice(("spots", "spots", "ring", "plain")):
        case "spots":
            for angle in (215, 270, 325)[: pen.count(2, 3)]:
                x, y = _on(0, -0.1, half * 0.55, height * 0.5, angle + pen.uniform(-15, 15))
                _pebble(pen, x, y, pen.uniform(0.1, 0.16))
        case "ring":
            pen.line((-stem, top + 0.1), (-stem - 0.15, top + 0.3), (stem + 0.15, top + 0.3), (stem, top + 0.1))


def mushroom(pen: Pen) -> None:
    if pen.maybe(0.75):
        _toadstool(pen)
        grass = pen.choice((0, 0, 0.2))
        if pen.maybe(0.3):
            pen.line(*_zigzag(-0.8, 0.8, 1, 1 - grass, 4))
    else:  # two side by side
        for x, size in ((-0.5, 0.75), (0.5, pen.uniform(0.4, 0.65))):
            with pen.at(x, -size, size, pen.uniform(-15, 15) + 15 * x):
                _toadstool(pen)


def _snow(pen: Pen, x: float, half: float, height: float, kind: str) -> None:
    """What lies on the mountain whose summit is at (x, -height): a cap of snow, an edge of shade or nothing."""
    share = pen.uniform(0.25, 0.45)
    if kind == "cap":
        low = height * (share - 1)
        pen.line(*_zigzag(x - half * share, x + half * share, low, low + height * 0.15, pen.count(2, 3)))
    elif kind == "shade":
        slope = ((0, 1), (0.15, 0.75), (-0.1, 0.55), (0.1, 0.3))
        pen.line(*[(x + half * across, -height * up) for across, up in slope])


def mountain(pen: Pen) -> None:
    snow = pen.choice(("cap", "cap", "shade", "none"))
    match pen.choice(("peaks", "peaks", "chain", "single")):
        case "peaks":  # a big one before smaller ones
            for x, high in ((0, 1.2), (-0.7, 0.8), (0.75, 0.7))[: pen.count(2, 3)]:
                half, height = pen.uniform(0.4, 0.65), high * pen.uniform(0.7, 1.1)
                pen.line((x - half, 0), (x, -height), (x + half, 0))
                _snow(pen, x, half, height, snow)
        case "chain":  # in one line
            heights, points = [pen.uniform(0.5, 1.3) for _ in range(pen.count(2, 4))], [(-1.0, 0.0)]
            half = 1 / len(heights)
            for k, height in enumerate(heights):
                x = half * (2 * k + 1) - 1
                points += [(x, -height), (x + half, -height * pen.uniform(0.3, 0.5))]
                _snow(pen, x, half * 0.6, height, snow)
            pen.line(*points[:-1], (1, 0))
        case "single":
            half, height = pen.uniform(0.7, 1.1), pen.uniform(0.9, 1.4)
            pen.line((-half, 0), (0, -height), (half * pen.uniform(0.8, 1.2), 0))
            _snow(pen, 0, half, height, pen.choice(("cap", "cap", "shade")))
    if pen.maybe(0.3):
        pen.line((-1.2, 0), (1.2, 0))
    if pen.maybe(0.2):  # the sun
        _pebble(pen, pen.choice((-0.9, 0.9)), -1.2, 0.2)


def _eruption(pen: Pen, kind: str, crater: float) -> None:
    """What comes out of the crater at (0, 0)."""
    burst = pen.uniform(0.5, 0.9)
    match kind:
        case "smoke":
            for k in range(pen.count(1, 2)):
                _bumpy(pen, 0.15 * k, -0.35 - 0.5 * k, burst * (0.5 + 0.3 * k), 0.25, pen.count(4, 6), 90)
        case "fountain":
            jets = pen.count(3, 5)
            for k in range(jets):
                x = crater * (2 * k / (jets - 1) - 1)
                pen.curve((x * 0.5, -0.1), (x * 1.2, -burst), (x * 2.2, -burst * pen.uniform(0.5, 1.0)))
        case "flames":
            flames = _zigzag(-crater * 1.5, crater * 1.5, -burst, -burst * 0.5, pen.count(2, 3))
            pen.line((-crater * 0.8, -0.05), *flames, (crater * 0.8, -0.05))
        case "stones":
            for k in range(pen.count(4, 6)):
                far = pen.uniform(0.4, 0.9)
                _pebble(pen, *_on(0, 0, far, far, 225 + 18 * k), pen.uniform(0.09, 0.15))


def volcano(pen: Pen) -> None:
    foot, crater, height = pen.uniform(0.8, 1.2), pen.uniform(0.22, 0.45), pen.uniform(0.7, 1.2)
    waist = crater + (foot - crater) * pen.uniform(0.25, 0.5)  # half of the width halfway down
    for side in (-1, 1):
        pen.curve((side * crater, 0), (side * waist, height * 0.5), (side * foot, height))
    match pen.choice(("round", "round", "jagged", "flat")):
        case "round":
            pen.ellipse(0, 0, crater, 0.12)
        case "jagged":
            pen.line(*_zigzag(-crater, crater, 0, 0.14, 3))
        case "flat":
            pen.line((-crater, 0), (crater, 0))
    if pen.maybe(0.7):
        pen.line((-foot, height), (foot, height))
    kind = pen.choice(("smoke", "smoke", "fountain", "fountain", "flames", "stones"))
    _eruption(pen, kind, crater)
    if kind == "smoke" or pen.maybe():
        for x in (-0.6, 0.1, 0.6)[: pen.count(1, 3)]:  # lava
            low = height * pen.uniform(0.4, 0.75)
            pen.line((x * crater, 0.1), (x * crater * 1.8, low * 0.5), (x * crater * 1.5, low))


# The sky -------------------------------------------------------------------------------------------------------------


def _ray(pen: Pen, shape: str, inner: float, outer: float, angle: float, half: float) -> None:
    """A ray of the sun between two radii; a spike is half degrees wide to either side."""
    if shape == "spike":
        path = ((inner, -half), (outer, 0), (inner, half))
    elif shape == "wave":
        path = ((inner, 0), (inner * 0.7 + outer * 0.3, 8), (inner * 0.3 + outer * 0.7, -8), (outer, 0))
    else:
        path = ((inner, 0), (outer, 0))
    pen.line(*[_on(0, 0, radius, radius, angle + aside) for radius, aside in path])


def sun(pen: Pen) -> None:
    view = pen.choice(("whole", "whole", "whole", "whole", "whole", "rising", "rising", "corner"))
    start, span, most = {"whole": (pen.uniform(0, 90), 360, 12), "corner": (0, 90, 7), "rising": (180, 180, 7)}[view]
    radius, gap, length = pen.uniform(0.35, 0.6), pen.choice((0, 0.05, 0.12)), pen.uniform(0.25, 0.55)
    shape, rays = pen.choice(("line", "line", "mixed", "spike", "wave")), pen.count(most // 2 + 1, most)
    match view:
        case "whole":
            if pen.maybe(0.15):  # a spiral
                pen.curve(*[_on(0, 0, radius * k / 11, radius * k / 11, 75 * k) for k in range(12)])
            else:
                pen.ellipse(0, 0, radius)
                if pen.maybe(0.35):
                    _face(pen, 0, 0, radius)
        case "corner":  # of the page
            radius, length, side = radius * 1.4, length * 1.7, radius * 1.4 + pen.uniform(0, 0.4)
            shape = pen.choice(("line", "mixed"))
            pen.arc(0, 0, radius, radius, 0, 90)
            pen.line((side, 0), (0, 0), (0, side))
        case "rising":
            pen.arc(0, 0, radius, radius, 180, 360)
            pen.line((-1.1, 0), (1.1, 0))
    step, inner = span / rays, radius + gap
    for k in range(rays):
        outer = inner + length * (0.5 if shape == "mixed" and k % 2 else 1)
        _ray(pen, shape, inner, outer, start + step * (k + 0.5), step * 0.45)


def cloud(pen: Pen) -> None:
    half, height, depth = pen.uniform(0.8, 1.1), pen.uniform(0.42, 0.7), pen.uniform(0.2, 0.4)
    style, low = pen.choice(("round", "round", "flat", "flat", "puffs", "curls", "pair")), 0.22
    match style:
        case "round" | "curls":
            _bumpy(pen, 0, 0, half, height, pen.count(5, 9), pen.uniform(0, 360), 360, depth)
            low = height * (1 + depth) + 0.15
            for x in (-half * 0.4, half * 0.3)[: pen.count(1, 2) if style == "curls" else 0]:
                pen.arc(x, pen.uniform(-0.2, 0.2) * height, 0.2, 0.16, pen.uniform(150, 200), 400)
        case "flat":
            _bumpy(pen, 0, 0, half, height * 1.3, pen.count(3, 6), 180, 180, depth)
            pen.line((-half, 0), (half, 0))
        case "puffs":  # three on a line
            left, middle, right = pen.uniform(0.25, 0.4), pen.uniform(0.4, 0.6), pen.uniform(0.25, 0.45)
            pen.arc(-middle, -left, left, left, 90, 290)
            pen.arc(0, -middle * 1.1, middle, middle, 190, 350)
            pen.arc(middle, -right, right, right, -110, 90)
            pen.line((-middle, 0), (middle, 0))
        case "pair":
            for x, y, size in ((-0.35, 0, 0.7), (0.5, pen.choice((-0.8, 0.8)), pen.uniform(0.4, 0.6))):
                _bumpy(pen, x, y, size, size * 0.6, pen.count(5, 7), 0, 360, depth)
    drops, slant = pen.choice((0, 0, 0, 3, 4)) if style != "pair" else 0, pen.uniform(-0.15, 0.15)
    for k in range(drops):  # rain
        x = half * (1.2 * k / (drops - 1) - 0.6)
        pen.line((x, low), (x + slant, low + 0.3))


def _crescent(pen: Pen, gap: float, waist: float) -> None:
    """A crescent, open to the right between -gap and gap degrees; its inner edge runs through (-waist, 0)."""
    x, y = _on(0, 0, 1, 1, gap)
    pen.arc(0, 0, 1, 1, gap, 360 - gap)
    middle = (x * x + y * y - waist * waist) / (2 * (x + waist))
    opening = degrees(atan2(y, x - middle))
    pen.arc(middle, 0, middle + waist, middle + waist, opening, 360 - opening)


def _man_in_the_moon(pen: Pen, gap: float, brow: float) -> None:
    """A crescent with a face in profile."""
    x, y = _on(0, 0, 1, 1, gap)
    pen.arc(0, 0, 1, 1, gap, 360 - gap)
    pen.curve((x, -y), (brow + 0.15, -y * 0.6), (brow, -0.15))
    pen.line((brow, -0.15), (brow + pen.uniform(0.2, 0.4), 0.12), (brow, 0.2))
    pen.curve((brow, 0.2), (brow + 0.15, y * 0.65), (x, y))
    pen.dot(brow - 0.25, -0.2)
    pen.line((brow - 0.25, 0.3), (brow + 0.03, 0.4))


def moon(pen: Pen) -> None:
    style = pen.choice(("crescent", "crescent", "crescent", "face", "full", "gibbous"))
    with pen.at(turn=pen.uniform(-45, 45)):
        match style:
            case "crescent":
                _crescent(pen, pen.uniform(35, 75), pen.uniform(0.15, 0.65))
            case "face":
                _man_in_the_moon(pen, pen.uniform(40, 65), -pen.uniform(0, 0.3))
            case "full":  # with craters
                pen.ellipse(0, 0, 1)
                for k in range(pen.count(3, 5)):
                    x, y = _on(0, 0, 0.55, 0.55, 80 * k + pen.uniform(-15, 15))
                    _pebble(pen, x, y, pen.uniform(0.12, 0.26))
            case "gibbous":  # with the edge of the shadow and craters
                pen.ellipse(0, 0, 1)
                pen.arc(0, 0, pen.uniform(0.3, 0.7), 1, 90, 270)
                for x, y in ((0.2, -0.4), (0.4, 0.3), (-0.1, 0.15))[: pen.count(2, 3)]:
                    _pebble(pen, x, y, pen.uniform(0.12, 0.2))
    for _ in range(pen.choice((0, 0, 1, 2)) if style in ("crescent", "face") else 0):  # small stars in the opening
        x, y = pen.uniform(0.5, 1.0), pen.uniform(-0.6, 0.6)
        pen.line((x - 0.12, y), (x + 0.12, y))
        pen.line((x, y - 0.12), (x, y + 0.12))


def _star_outline(pen: Pen, x: float, y: float, size: float, tips: int, depth: float) -> None:
    """Tips at this size, notches at this share of it; the first tip up."""
    radii = [size, size * depth] * tips
    pen.polygon(*[_on(x, y, r, r, 180 * k / tips - 90) for k, r in enumerate(radii)])


def star(pen: Pen) -> None:
    style = pen.choice(("outline", "outline", "outline", "one stroke", "crossed", "sparkle", "group"))
    depth, inside = pen.uniform(0.35, 0.55), pen.choice(("nothing", "nothing", "face", "star", "creases"))
    corners = [_on(0, 0, 1, 1, 72 * k - 90) for k in range(5)]
    with pen.at(turn=pen.uniform(-36, 36)):
        match style:
            case "outline":
                _star_outline(pen, 0, 0, 1, pen.choice((5, 5, 5, 6)) if inside == "nothing" else 5, depth)
                if inside == "face":
                    _face(pen, 0, 0, depth)
                elif inside == "star":
                    _star_outline(pen, 0, 0, 0.6, 5, depth)
                for corner in corners if inside == "creases" else ():
                    pen.line((0, 0), corner)
            case "one stroke":  # the pentagram
                pen.polygon(*[corners[2 * k % 5] for k in range(5)])
            case "crossed":  # two triangles
                for first in (-90, 90):
                    pen.polygon(*[_on(0, 0, 1, 1, first + 120 * k) for k in range(3)])
            case "sparkle":
                with pen.at(scale=(pen.uniform(0.6, 1), 1)):
                    _star_outline(pen, 0, 0, 1.2, 4, depth * 0.7)
            case "group":
                for x, y, size in ((-0.3, 0.2, 0.75), (0.7, -0.6, 0.45), (0.75, 0.7, 0.35))[: pen.count(2, 3)]:
                    _star_outline(pen, x, y, size, 5, depth)
    for k in range(pen.choice((0, 0, 0, 2, 3)) if style in ("outline", "one stroke") else 0):  # a shooting star
        y = 0.4 * k - 0.3
        pen.curve((0.9, y), (1.4, y + 0.05), (pen.uniform(1.8, 2.3), y + pen.uniform(0.1, 0.4)))


def rainbow(pen: Pen) -> None:
    bands, inner, outer, flat = pen.count(3, 5), pen.uniform(0.3, 0.65), pen.uniform(0.95, 1.1), pen.uniform(0.6, 1.2)
    start, stop = pen.choice(((180, 360), (180, 360), (180, 360), (200, 340), (180, 290)))
    for k in range(bands):
        r = inner + (outer - inner) * k / (bands - 1)
        pen.arc(0, 0, r, r * flat, start, stop)
    middle, feet = (inner + outer) / 2, pen.choice(("clouds", "clouds", "cloud", "closed", "ground", "open"))
    ends = [_on(0, 0, middle, middle * flat, angle) for angle in (start, stop)]
    match feet:
        case "clouds" | "cloud":
            for x, y in ends if feet == "clouds" else ends[:1]:
                _bumpy(pen, x, y + 0.1, pen.uniform(0.28, 0.42), 0.18, pen.count(4, 5), 0, 360, pen.uniform(0.3, 0.5))
        case "closed":
            for angle in (start, stop):
                pen.line(_on(0, 0, inner, inner * flat, angle), _on(0, 0, outer, outer * flat, angle))
        case "ground":
            pen.line((-1.2, ends[0][1]), (1.2, ends[0][1]))


PROGRAMS = (
    house,
    castle,
    church,
    tent,
    lighthouse,
    windmill,
    bridge,
    fence,
    tree,
    palm_tree,
    flower,
    cactus,
    mushroom,
    mountain,
    sun,
    cloud,
    moon,
    star,
    rainbow,
    volcano,
)
