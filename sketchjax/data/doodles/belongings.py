"""Belongings: vehicles, clothes, food and play."""

import math

from sketchjax.data.doodles.pen import Pen


def _ring(pen: Pen, x: float, y: float, r: float) -> None:
    """A small circle in few points."""
    corners = ((1, 0), (0.5, 0.87), (-0.5, 0.87), (-1, 0), (-0.5, -0.87), (0.5, -0.87))
    pen.polygon(*[(x + a * r, y + b * r) for a, b in corners])


def _wheels(pen: Pen, places: list[float], y: float, radius: float) -> None:
    """Wheels along the ground, all whole with or without a hub, or all half hidden."""
    style = pen.choice(["plain", "plain", "hub", "half"])
    for x in places:
        if style == "half":
            pen.arc(x, y, radius, radius, 0, 180)
        else:
            pen.ellipse(x, y, radius)
        if style == "hub":
            _ring(pen, x, y, radius * 0.4)


def _windows(pen: Pen, left: float, right: float, top: float, bottom: float, number: int) -> None:
    """A row of windows: boxes, or one long pane with bars."""
    step = (right - left) / number
    if pen.maybe():
        pen.box(left, top, right, bottom)
        for i in range(1, number):
            pen.line((left + i * step, top), (left + i * step, bottom))
    else:
        gap = step * pen.uniform(0.1, 0.2)
        for i in range(number):
            pen.box(left + i * step + gap, top, left + (i + 1) * step - gap, bottom)


def _front_wheels(pen: Pen, w: float, bottom: float) -> None:
    """Two lamps and the lower ends of two tyres, as seen from in front of a car or bus of half-width w."""
    lamp = pen.uniform(0.1, 0.14)
    for side in (-w, w):
        _ring(pen, side * 0.66, bottom - 0.25, lamp)
        pen.line((side * 0.9, bottom), (side * 0.9, bottom + 0.2), (side * 0.55, bottom + 0.2), (side * 0.55, bottom))


def _car_front(pen: Pen) -> None:
    w, roof = pen.uniform(0.6, 0.8), -pen.uniform(0.35, 0.6)
    pen.box(-w, 0, w, 0.45)
    pen.line((-w * 0.9, 0), (-w * 0.65, roof), (w * 0.65, roof), (w * 0.9, 0))
    pen.line((-w * 0.3, 0.22), (w * 0.3, 0.22))
    _front_wheels(pen, w, 0.45)


def car(pen: Pen) -> None:
    half, sill, roof = pen.uniform(0.75, 1.0), pen.uniform(0.28, 0.42), -pen.uniform(0.35, 0.6)
    back, front, lean = -half * pen.uniform(0.4, 0.95), half * pen.uniform(0.25, 0.55), pen.uniform(0.05, 0.25)
    cabin = ((back, 0), (back + lean, roof), (front - lean, roof), (front, 0))
    style = pen.choice(["saloon", "saloon", "boxes", "beetle", "open", "front"])
    match style:
        case "front":
            return _car_front(pen)
        case "saloon":
            pen.polygon((-half, sill), (-half, 0), *cabin, (half, pen.uniform(0, 0.1)), (half, sill))
        case "beetle":
            pen.curve((-half, sill), (-half * 0.95, 0), *cabin[1:3], (front, -0.05), (half, sill))
            pen.line((-half, sill), (half, sill))
        case "boxes":
            pen.box(-half, 0, half, sill)
            pen.line(*cabin)
        case "open":  # windscreen, seat and steering wheel
            pen.box(-half, 0, half, sill)
            pen.line((front, 0), (front - lean, roof * 0.8))
            pen.line((back + 0.2, 0), (back + 0.1, roof * 0.7), (back + 0.25, roof * 0.7), (back + 0.35, 0))
            pen.line((front - 0.1, 0), (front - 0.35, roof * 0.5))
    if style != "open" and pen.maybe(0.7):
        pillar = pen.uniform(0.35, 0.65) * back + 0.1
        pen.line((pillar, roof), (pillar, pen.choice([0, sill])))
        pen.line((back + lean * 0.5, 0), (front, 0))
    _wheels(pen, [-half * 0.55, half * 0.55], sill, pen.uniform(0.16, 0.27))


def _bus_front(pen: Pen) -> None:
    w = pen.uniform(0.5, 0.65)
    pen.box(-w, -0.9, w, 0.7)
    pen.box(-w * 0.8, -0.6, w * 0.8, pen.uniform(-0.1, 0.1))
    pen.line((-w * 0.5, -0.75), (w * 0.5, -0.75))
    _front_wheels(pen, w, 0.7)
    for side in (-1, 1):  # mirrors
        pen.line((side * w, -0.5), (side * (w + 0.2), -0.5), (side * (w + 0.2), -0.15))


def bus(pen: Pen) -> None:
    half, top, low = pen.uniform(0.65, 0.9), -pen.uniform(0.36, 0.5), pen.uniform(0.22, 0.34)
    style = pen.choice(["coach", "coach", "school", "double", "front"])
    number, door = pen.count(2, 3) if style == "double" else pen.count(3, 5), half - pen.uniform(0.3, 0.45)
    match style:
        case "front":
            return _bus_front(pen)
        case "school":  # with a bonnet in front
            pen.polygon((-half, top), (door, top), (door, 0), (half, 0.02), (half, low), (-half, low))
        case "coach":
            pen.polygon((-half, top), (half - pen.uniform(0, 0.2), top), (half, top * 0.3), (half, low), (-half, low))
        case "double":
            pen.box(-half, top * 1.8, half, low)
            pen.line((-half, top), (half, top))
            _windows(pen, -half + 0.1, half - 0.1, top * 1.8 + 0.1, top - 0.1, number)
    if style == "coach" and pen.maybe(0.7):
        pen.line((door, low), (door, top + 0.12), (half - 0.12, top + 0.12), (half - 0.12, low))
    _windows(pen, -half + 0.1, door - 0.05, top + 0.12, pen.uniform(-0.15, 0.0), number)
    if pen.maybe(0.3):
        pen.line((-half, 0.15), (door, 0.15))
    _wheels(pen, [-half * 0.6, half * 0.5], low, pen.uniform(0.12, 0.18))


def _handlebar(pen: Pen, x: float, y: float) -> None:
    match pen.choice(["flat", "racing", "high"]):
        case "flat":
            pen.line((x - 0.2, y), (x + 0.1, y))
        case "racing":
            pen.curve((x, y), (x + 0.2, y), (x + 0.22, y + 0.18), (x + 0.05, y + 0.2))
        case "high":
            pen.curve((x, y), (x - 0.15, y - 0.12), (x - 0.35, y))


def bicycle(pen: Pen) -> None:
    r, base, thin = pen.uniform(0.3, 0.48), pen.uniform(0.5, 0.75), pen.choice([1, 1, pen.uniform(0.45, 0.8)])
    big = r * pen.choice([1, 1, 1, 1.6])  # the front wheel, as on a penny-farthing
    pedal = (pen.uniform(-0.15, 0.05), pen.uniform(0, 0.12))
    seat = (pedal[0] - pen.uniform(0.1, 0.3), -pen.uniform(0.4, 0.65))
    head = (base - pen.uniform(0.1, 0.3), r - big - pen.uniform(0.45, 0.7))
    hub, axle, bar = (-base, 0), (base, r - big), (head[0] - 0.06, head[1] - pen.uniform(0.12, 0.25))
    spokes = pen.maybe(0.25)
    with pen.at(turn=pen.choice([0, 0, pen.uniform(-30, 30)])):
        for (x, y), wheel in ((hub, r), (axle, big)):
            pen.ellipse(x, y, wheel * thin, wheel)
            for across, down in ((wheel * thin, 0), (0, wheel)) if spokes else ():
                pen.line((x - across, y - down), (x + across, y + down))
        match pen.choice(["diamond", "diamond", "low", "triangle"]):
            case "diamond":
                pen.polygon(hub, seat, head, pedal)
                pen.line(seat, pedal)
            case "low":  # a step-through frame
                pen.curve(head, (head[0] - 0.2, -0.1), pedal, hub)
                pen.line(pedal, seat)
            case "triangle":
                pen.line(hub, seat, head, pedal, seat)
        pen.line(axle, head, bar)
        _handlebar(pen, *bar)
        pen.line((seat[0] - 0.18, seat[1] - 0.08), (seat[0] + 0.14, seat[1] - 0.08))


def _steam_engine(pen: Pen) -> None:
    length, cab, top, low = pen.uniform(0.6, 0.95), pen.uniform(0.3, 0.45), -pen.uniform(0.5, 0.75), 0.25
    stack, flare, boiler = length - pen.uniform(0.16, 0.3), pen.uniform(0, 0.1), -pen.uniform(0.08, 0.2)
    pen.box(-cab, top, 0, low)
    pen.line((-cab - 0.12, top), (0.12, top))
    pen.line((0, boiler), (length, boiler), (length, low), (0, low))
    pen.line((stack - 0.1, boiler), (stack - 0.1 - flare, -0.5), (stack + 0.1 + flare, -0.5), (stack + 0.1, boiler))
    if pen.maybe(0.5):
        pen.box(-cab + 0.13, top + 0.13, -0.13, top + 0.36)
    if pen.maybe(0.7):
        pen.line((length, 0.1), (length + 0.25, 0.42), (length, 0.42))
    if pen.maybe(0.5):  # smoke
        puffs = ((0, -0.6), (-0.2, -0.75), (-0.1, -0.95), (-0.4, -0.85), (-0.6, -1), (-0.75, -0.85))
        pen.curve(*[(stack + x, y) for x, y in puffs])
    wheels, r = pen.count(2, 4), pen.uniform(0.11, 0.16)
    places = [-cab + 0.15 + i * (length + cab - 0.3) / (wheels - 1) for i in range(wheels)]
    if pen.maybe(0.35):  # a wagon behind
        pen.box(-cab - 0.8, pen.uniform(-0.35, 0), -cab - 0.2, low)
        pen.line((-cab - 0.2, 0.15), (-cab, 0.15))
        places += [-cab - 0.66, -cab - 0.34]
    for x in places:
        _ring(pen, x, low + 0.12, r)


def _express_train(pen: Pen) -> None:
    """A long pointed nose, on rails."""
    nose, tall, joint = pen.uniform(0.4, 0.7), pen.uniform(0.4, 0.6), pen.uniform(-0.7, -0.4)
    pen.curve((-1, -tall), (1 - nose, -tall), (1 - nose * 0.4, -tall * 0.55), (1, 0.2))
    pen.line((-1, 0.2), (1, 0.2))
    pen.line((joint, -tall), (joint, 0.2))
    pen.line((1 - nose, -tall), (1 - nose, -0.1), (1 - nose * 0.3, -0.1))
    _windows(pen, joint + 0.1, 0.9 - nose, -tall + 0.15, -0.1, pen.count(2, 3))
    pen.line((-1.1, 0.42), (1.1, 0.42))
    for i in range(5):
        pen.line((-0.95 + i * 0.45, 0.42), (-1.05 + i * 0.45, 0.6))


def _coming_train(pen: Pen) -> None:
    """Seen from in front, on its track."""
    w, top = pen.uniform(0.4, 0.55), -pen.uniform(0.8, 1.0)
    pen.curve((-w, 0.3), (-w, top * 0.6), (-w * 0.6, top), (w * 0.6, top), (w, top * 0.6), (w, 0.3))
    pen.line((-w, 0.3), (w, 0.3))
    _windows(pen, -w * 0.8, w * 0.8, top * 0.75, top * 0.3, pen.count(1, 2))
    for x in pen.choice([(0,), (-w * 0.55, w * 0.55)]):
        _ring(pen, x, 0.05, 0.12)
    for side in (-1, 1):
        pen.line((side * w * 0.6, 0.3), (side * (w + 0.35), 1.1))
    for i in range(pen.count(3, 4)):
        pen.line((-w - 0.12 * i, 0.45 + 0.17 * i), (w + 0.12 * i, 0.45 + 0.17 * i))


def train(pen: Pen) -> None:
    pen.choice([_steam_engine, _steam_engine, _express_train, _coming_train])(pen)


def _airplane_side(pen: Pen) -> None:
    sweep, fat, tail = pen.uniform(0, 0.5), pen.uniform(0.16, 0.28), pen.uniform(0.35, 0.65)
    with pen.at(turn=pen.uniform(-35, 10)):
        pen.curve((-1, -0.1), (0.6, -fat), (1, -0.02), (0.6, fat), (-0.6, fat), closed=True)
        pen.line((-0.95, -0.12), (-1.1, -tail), (-0.9, -tail), (-0.6, -fat))
        pen.line((0.25, 0.05), (-0.1 - sweep, 0.75), (-0.35 - sweep, 0.75), (-0.2, 0.05))
        if pen.maybe(0.6):
            pen.line((0.2, -fat), (-0.1 - sweep, -0.65), (-0.3 - sweep, -0.65), (-0.15, -fat))
        for i in range(pen.choice([0, 3, 4])):
            pen.dot(0.6 - 0.22 * i, -fat * 0.4)


def _airplane_above(pen: Pen) -> None:
    span, sweep, fat, chord = pen.uniform(0.75, 1.1), pen.uniform(0, 0.5), pen.uniform(0.1, 0.17), pen.uniform(0.2, 0.4)
    with pen.at(turn=pen.uniform(0, 360)):
        if pen.maybe(0.55):
            pen.ellipse(0, 0, fat, 1)
            for x in (-1, 1):
                tip = x * span
                pen.line((x * fat, -0.2), (tip, sweep - 0.1), (tip, sweep + 0.1), (x * fat, chord - 0.2))
                pen.line((x * fat * 0.7, 0.65), (x * 0.4, 0.9), (x * 0.4, 1.02), (x * fat * 0.4, 0.9))
        else:  # all in one outline
            wing = [(fat, -0.6), (fat, -0.2), (span, sweep), (span, sweep + 0.15), (fat, chord)]
            half = [*wing, (fat, 0.6), (0.4, 0.85), (0.4, 1)]
            pen.polygon((0, -1), *half, (0, 0.85), *[(-x, y) for x, y in half[::-1]])


def _airplane_front(pen: Pen) -> None:
    r, tips, engine = pen.uniform(0.2, 0.28), pen.uniform(-0.15, 0.05), pen.uniform(0.1, 0.13)
    pen.ellipse(0, 0, r)
    pen.line((0, -r), (0, -r - pen.uniform(0.3, 0.5)))
    pen.line((-0.35, -r - 0.15), (0.35, -r - 0.15))
    for side in (-1, 1):
        pen.line((side * r, 0.1), (side * 1.1, tips), (side * r, -0.05))
        _ring(pen, side * 0.55, 0.2, engine)
        pen.line((side * 0.15, r), (side * 0.18, r + 0.2))


def airplane(pen: Pen) -> None:
    pen.choice([_airplane_side, _airplane_side, _airplane_above, _airplane_above, _airplane_front])(pen)


def _square_sails(pen: Pen, mast: float, half: float, foot: float, tall: float) -> None:
    """One or two cross sails that bulge."""
    for low, high in pen.choice([[(foot, -tall * 0.85)], [(foot, -tall * 0.5), (-tall * 0.55, -tall * 0.9)]]):
        w, middle = half * pen.uniform(0.5, 0.75), (low + high) / 2
        pen.curve((mast - w, high), (mast - w * 0.75, middle), (mast - w, low))
        pen.curve((mast + w, high), (mast + w * 1.3, middle), (mast + w, low))
        pen.line((mast - w, high), (mast + w, high))
        pen.line((mast - w, low), (mast + w, low))


def sailboat(pen: Pen) -> None:
    half, deep, keel = pen.uniform(0.5, 0.85), pen.uniform(0.2, 0.38), pen.uniform(0.4, 0.85)
    tall, mast, foot = pen.uniform(0.85, 1.25), pen.uniform(-0.2, 0.2), -pen.uniform(0.1, 0.25)
    if pen.maybe(0.6):
        pen.polygon((-half, 0), (half, 0), (half * keel, deep), (-half * keel, deep))
    else:
        pen.line((-half, 0), (half, 0))
        pen.curve((-half, 0), (-half * keel, deep * 0.8), (0, deep), (half * keel, deep * 0.8), (half, 0))
    pen.line((mast, 0), (mast, -tall))
    match pen.choice(["sloop", "sloop", "single", "square", "billowing"]):
        case "sloop":
            jib = half * pen.uniform(0.5, 0.95)
            pen.polygon((mast - 0.06, foot), (mast - 0.06, -tall), (-half * 0.9, foot))
            pen.polygon((mast + 0.06, foot), (mast + 0.06, -tall * pen.uniform(0.65, 1)), (jib, foot))
        case "single":
            pen.polygon((mast, foot), (mast, -tall), (half * pen.uniform(0.7, 1), foot))
        case "square":
            _square_sails(pen, mast, half, foot, tall)
        case "billowing":
            pen.curve((mast, -tall), (half * 0.75, -tall * 0.55), (half * 0.8, foot))
            pen.line((half * 0.8, foot), (mast, foot))
            pen.curve((mast, -tall * 0.9), (mast - half * 0.3, -tall * 0.4), (-half * 0.9, foot))
    if pen.maybe(0.35):
        pen.line((mast, -tall), (mast + 0.28, -tall - 0.08), (mast, -tall - 0.17), (mast, -tall))
    if pen.maybe(0.4):
        pen.curve(*[(half * i / 4, deep + 0.1 + 0.1 * (i % 2)) for i in range(-5, 6)])


def _fins(pen: Pen, w: float) -> None:
    """A fin on each side of a rocket of half-width w, pointed, curved or as a booster."""
    out, low = w + pen.uniform(0.2, 0.45), pen.uniform(0.6, 0.85)
    style = pen.choice(["pointed", "curved", "booster"])
    for side in (-1, 1):
        top, foot = (side * w * 0.95, 0.1), (side * w * 0.7, 0.6)
        match style:
            case "pointed":
                pen.line(top, (side * out, low - 0.3), (side * out, low), foot)
            case "curved":
                pen.curve(top, (side * out * 0.95, 0.35), (side * out, low), foot)
            case "booster":
                edge = side * (w + 0.22)
                pen.line((side * w, 0.6), (edge, 0.6), (edge, 0), (side * (w + 0.11), -0.2), (side * w, 0))


def rocket(pen: Pen) -> None:
    w, top, fire = pen.uniform(0.2, 0.42), -pen.uniform(0.8, 1.2), pen.uniform(0.9, 1.3)
    with pen.at(turn=pen.choice([0, 0, pen.uniform(25, 50)])):
        if pen.maybe(0.6):  # a cigar
            side = ((w * 0.8, top * 0.55), (w, 0), (w * 0.6, 0.6))
            pen.curve(*[(-x, y) for x, y in side[::-1]], (0, top), *side)
            pen.line((-w * 0.6, 0.6), (w * 0.6, 0.6))
        else:
            w *= 0.8
            pen.line((-w, top * 0.5), (-w, 0.6), (w, 0.6), (w, top * 0.5))
            pen.line((-w, top * 0.5), (0, top), (w, top * 0.5))
        _fins(pen, w)
        for y in pen.choice([(-0.25,), (0.1,), (-0.3, 0.15), ()]):
            _ring(pen, 0, y, w * pen.uniform(0.4, 0.55))
        if pen.maybe(0.6):
            pen.line((-w * 0.9, top * 0.5), (w * 0.9, top * 0.5))
        match pen.choice(["flames", "flames", "drop", "none"]):
            case "flames":
                tips = ((-0.5, 0.65), (-0.6, fire), (-0.2, 0.85), (0, 1.3), (0.2, 0.85), (0.6, fire), (0.5, 0.65))
                pen.line(*[(w * x, y) for x, y in tips])
            case "drop":
                pen.curve((-w * 0.4, 0.65), (-w * 0.5, 0.85), (0, fire + 0.1), (w * 0.5, 0.85), (w * 0.4, 0.65))


def _envelope_pattern(pen: Pen, r: float, tall: float, neck: float, mouth: float) -> None:
    match pen.choice(["gores", "gores", "bands", "zigzag", "plain"]):
        case "gores":
            for x in pen.choice([(0,), (-0.4, 0.4), (-0.5, 0, 0.5)]):
                pen.curve((0, -tall), (r * x, -tall * 0.5), (r * x * 1.2, 0), (neck * x, mouth))
        case "bands":
            for y in (-tall * 0.3, tall * 0.2):
                pen.curve((-r * 0.93, y), (0, y + pen.uniform(-0.1, 0.15)), (r * 0.93, y))
        case "zigzag":
            pen.line(*[(r * 0.31 * i, 0.2 * (i % 2) - 0.15) for i in range(-3, 4)])


def balloon(pen: Pen) -> None:
    r, tall, neck = pen.uniform(0.6, 0.9), pen.uniform(0.65, 0.9), pen.uniform(0.15, 0.3)
    if pen.maybe(0.4):
        mouth = tall * 0.92
        pen.ellipse(0, 0, r, tall)
    else:  # narrowing to its mouth
        mouth = tall * pen.uniform(0.95, 1.1)
        side = ((r * 0.6, -tall * 0.85), (r, -tall * 0.15), (r * 0.75, tall * 0.5), (neck, mouth))
        pen.curve(*[(-x, y) for x, y in side[::-1]], (0, -tall), *side)
        pen.line((-neck, mouth), (neck, mouth))
    _envelope_pattern(pen, r, tall, neck, mouth)
    rim, floor, wide = mouth + pen.uniform(0.22, 0.5), pen.uniform(0.22, 0.4), neck * pen.uniform(0.8, 1.2)
    for side in pen.choice([(-1, 1), (-1, 1), (-1, 0, 1)]):
        pen.line((side * neck * pen.choice([1, 1.3]), mouth), (side * wide, rim))
    if pen.maybe(0.7):
        foot = wide * pen.uniform(0.7, 1)
        pen.polygon((-wide, rim), (wide, rim), (foot, rim + floor), (-foot, rim + floor))
    else:
        pen.line((-wide, rim), (wide, rim))
        pen.curve((-wide, rim), (-wide * 0.8, rim + floor), (wide * 0.8, rim + floor), (wide, rim))
    if pen.maybe(0.3):
        pen.line((-wide, rim + floor / 2), (wide, rim + floor / 2))


def _helicopter_side(pen: Pen, r: float) -> None:
    tail, rise = pen.uniform(0.9, 1.3), pen.uniform(0.1, 0.35)
    if pen.maybe(0.6):
        pen.ellipse(0, 0, r * 1.2, r)
        pen.arc(r * 0.3, 0, r * 0.75, r * 0.9, -90, 100)
    else:
        pen.curve((-0.5, -r), (0.2, -r), (0.75, 0), (0.7, r * 0.8), (-0.5, r * 0.8), closed=True)
        pen.box(0.0, -r * 0.6, 0.35, 0)
    pen.line((-0.4, -r * 0.6), (-tail, -rise), (-tail, 0.15 - rise), (-0.45, r * 0.4))
    if pen.maybe():
        _ring(pen, -tail, -rise, pen.uniform(0.15, 0.25))
    else:
        pen.line((-tail - 0.15, -rise - 0.2), (-tail + 0.15, 0.25 - rise))
        pen.line((-tail - 0.15, 0.25 - rise), (-tail + 0.15, -rise - 0.2))


def _helicopter_tandem(pen: Pen, r: float) -> None:
    """A long cabin for two rotors."""
    pen.curve((-0.9, -r), (0, -r * 0.6), (0.9, -r), (1.05, 0), (0.7, r * 0.8), (-0.7, r * 0.8), (-1.05, 0), closed=True)
    for x in (-0.4, 0, 0.4)[: pen.count(0, 3)]:
        _ring(pen, x, 0, 0.14)


def _helicopter_front(pen: Pen, r: float) -> None:
    pen.ellipse(0, 0, r * 1.1, r)
    pen.line((-r * 0.95, 0.05), (r * 0.95, 0.05))
    pen.line((0, 0.05), (0, -r))


def helicopter(pen: Pen) -> None:
    view = pen.choice([_helicopter_side, _helicopter_side, _helicopter_side, _helicopter_front, _helicopter_tandem])
    r, mast, blade = pen.uniform(0.35, 0.5), pen.uniform(0.15, 0.3), pen.uniform(0.7, 1.1)
    hubs, flat, thick = (0,), pen.maybe(0.6), pen.uniform(0.07, 0.15)
    if view is _helicopter_tandem:
        hubs, blade = (-0.75, 0.75), pen.uniform(0.4, 0.65)
    view(pen, r)
    for x in hubs:
        pen.line((x, -r), (x, -r - mast))
        if flat:
            pen.line((x - blade, -r - mast), (x + blade, -r - mast))
        else:
            pen.ellipse(x, -r - mast, blade, thick)
    low = r + pen.uniform(0.15, 0.3)
    for x in (-0.25, 0.25):
        pen.line((x, r * 0.85), (x * 1.3, low))
        if view is _helicopter_front:
            pen.line((x * 1.3 - 0.15, low), (x * 1.3 + 0.15, low))
    if view is not _helicopter_front:
        pen.curve((-0.6, low), (0.5, low), (0.7, low - 0.12))


def anchor(pen: Pen) -> None:
    ring, stock, cross = pen.uniform(0.12, 0.25), pen.uniform(0.3, 0.65), pen.uniform(-0.55, -0.2)
    reach, tip, fluke = pen.uniform(0.5, 0.95), pen.uniform(0.25, 0.6), pen.uniform(0.15, 0.28)
    with pen.at(turn=pen.choice([0, 0, 0, pen.uniform(20, 60)])):
        pen.ellipse(0, -0.7 - ring, ring)
        if pen.maybe(0.7):
            pen.line((0, -0.7), (0, 0.9))
            pen.line((-stock, cross), (stock, cross))
        else:
            pen.box(-0.1, -0.7, 0.1, 0.85)
            pen.box(-stock, cross - 0.09, stock, cross + 0.09)
        if pen.maybe(0.75):
            pen.curve((-reach, tip), (-reach * 0.7, 0.72), (0, 0.9), (reach * 0.7, 0.72), (reach, tip))
            if pen.maybe(0.35):  # a crescent
                pen.curve((-reach, tip), (-reach * 0.55, 0.55), (0, 0.68), (reach * 0.55, 0.55), (reach, tip))
        else:
            pen.line((-reach, tip), (0, 0.9), (reach, tip))
        closed = pen.maybe(0.4)
        for side in (-1, 1):
            a, b = (side * (reach - fluke), tip + 0.02), (side * (reach + 0.12), tip + fluke)
            pen.line(a, (side * (reach + 0.04), tip - 0.14), b, *[a] * closed)
        if pen.maybe(0.15):  # a rope
            pen.curve((0.1, -0.8), (0.5, -0.5), (0.3, -0.1), (-0.35, 0.1), (-0.2, 0.5), (0.3, 0.45))


def _shirt_chest(pen: Pen, w: float, neck: float) -> None:
    """Neckline, and what is printed on the chest."""
    deep = pen.uniform(0.1, 0.3)
    match pen.choice(["round", "round", "vee", "collar"]):
        case "round":
            pen.curve((-neck, -0.7), (-neck * 0.6, -0.7 + deep), (neck * 0.6, -0.7 + deep), (neck, -0.7))
        case "vee":
            pen.line((-neck, -0.7), (0, -0.6 + deep), (neck, -0.7))
        case "collar":
            flap = neck * 0.7
            pen.polygon((-neck, -0.7), (neck, -0.7), (flap, -0.4), (0, -0.6), (-flap, -0.4))
    match pen.choice(["plain", "plain", "pocket", "stripes", "picture", "hanger"]):
        case "pocket":
            pen.box(w * 0.2, -0.2, w * 0.7, 0.1)
        case "stripes":
            for y in (0, 0.22, 0.44)[: pen.count(1, 3)]:
                pen.line((-w, y), (w, y))
        case "picture":
            _ring(pen, 0, pen.uniform(0, 0.3), pen.uniform(0.15, 0.28))
        case "hanger":
            pen.curve((0, -0.75), (0, -0.95), (0.12, -1.05), (0, -1.18), (-0.12, -1.08))


def t_shirt(pen: Pen) -> None:
    w, hem, neck, slope = pen.uniform(0.4, 0.65), pen.uniform(0.6, 1.1), pen.uniform(0.15, 0.28), pen.uniform(0, 0.15)
    sleeve, cuff, hang = pen.uniform(0.35, 0.8), pen.uniform(0.28, 0.42), math.radians(pen.uniform(-15, 60))
    along, across = math.cos(hang), math.sin(hang)
    shoulder, pit, flare = -0.7 + slope, -0.55 + slope + cuff, pen.uniform(-0.08, 0.15)
    x, y = w + sleeve * along, shoulder + sleeve * across  # the upper end of the sleeve's opening
    end_x, end_y = x - cuff * across, y + cuff * along
    whole = pen.maybe(0.6)  # sleeves and body in one line, or sleeves set on
    for side in (-1, 1):
        pen.line((side * neck, -0.7), (side * w, shoulder), (side * x, y), (side * end_x, end_y), (side * w, pit))
        pen.line((side * w, pit if whole else shoulder), (side * (w + flare), hem))
    pen.line((-w - flare, hem), (w + flare, hem))
    _shirt_chest(pen, w, neck)


def trousers(pen: Pen) -> None:
    waist, hip, top, crotch = pen.uniform(0.32, 0.5), pen.uniform(0.02, 0.15), -0.9, pen.uniform(-0.35, -0.1)
    length = pen.choice([pen.uniform(0.7, 1.2), pen.uniform(0.7, 1.2), pen.uniform(0.1, 0.3)])
    ankle, knee, details = pen.uniform(0.18, 0.45), (crotch + length) / 2, pen.count(0, 3)
    for side in (-1, 1):
        apart, bend = pen.uniform(0.03, 0.35), pen.choice([0, 0, pen.uniform(-0.12, 0.12)])
        inner, outer, thigh = side * apart, side * (apart + ankle), side * (waist + hip)
        pen.line((side * waist, top), (thigh, crotch), ((thigh + outer) / 2 + bend, knee), (outer, length))
        pen.line((outer, length), (inner, length), (inner / 2 + bend, knee), (0, crotch))
        if details == 1:  # turned-up legs
            pen.line((outer, length - 0.17), (inner, length - 0.17))
        elif details > 1:  # pockets
            pocket = ((0.45, 0.15), (0.6, 0.32), (1.05, 0.36))
            pen.curve(*[(side * waist * x, top + y) for x, y in pocket])
    pen.line((-waist, top), (waist, top))
    if pen.maybe(0.7):
        pen.line((-waist - 0.02, top + 0.15), (waist + 0.02, top + 0.15))
    if pen.maybe(0.5):
        pen.line((0, top + 0.15), (0, crotch))
    if pen.maybe(0.2):  # braces
        for x in (-0.6, 0.6):
            pen.curve((x * waist, top), (x * waist * 1.3, top - 0.4), (x * waist * 0.4, top - 0.6), (0, top))


def _sneaker(pen: Pen) -> None:
    ankle, mouth, toe = -pen.uniform(0.4, 0.8), pen.uniform(-0.35, -0.1), -pen.uniform(0, 0.15)
    pen.line((-0.9, 0.3), (-0.9, ankle), (mouth, ankle + pen.uniform(-0.05, 0.1)))
    pen.curve((mouth, ankle), (mouth + 0.35, -0.15), (0.6, toe - 0.05), (0.95, 0.1), (0.98, 0.3))
    for i in range(pen.count(0, 3)):  # laces
        x, y = mouth + 0.12 + 0.18 * i, ankle * 0.7 + 0.14 * i
        pen.line((x + 0.12, y - 0.1), (x - 0.2, y + 0.15))
    if pen.maybe(0.4):
        pen.curve((0.5, toe - 0.05), (0.45, 0.1), (0.5, 0.3))
    pen.box(-0.93, 0.3, 1, 0.3 + pen.uniform(0.12, 0.22))


def _boot(pen: Pen) -> None:
    top, shin, sole = -pen.uniform(0.7, 1.1), pen.uniform(-0.15, 0.05), pen.uniform(0.42, 0.55)
    pen.line((shin, top), (-0.65, top), (-0.6, 0.4), (-0.6, 0.6), (-0.25, 0.6), (-0.2, sole), (0.75, 0.55))
    pen.curve((shin, top), (shin - 0.03, -0.2), (shin + 0.2, 0), (0.65, 0.1), (0.75, 0.55))
    if pen.maybe():
        pen.line((-0.65, top + 0.2), (shin, top + 0.2))


def _high_heel(pen: Pen) -> None:
    rise = pen.uniform(0.5, 0.8)
    toe, spike = pen.uniform(-0.1, 0.12), pen.uniform(0.06, 0.16)
    pen.curve((-0.75, -rise), (-0.4, -rise * 0.35), (0, 0.12), (0.35, toe), (0.75, 0.25), (0.95, 0.5))
    pen.curve((-0.75, -rise), (-0.85, -rise * 0.6), (-0.75, -rise * 0.2), (-0.3, 0.15), (0.2, 0.5), (0.95, 0.5))
    pen.line((-0.78, -rise * 0.3), (-0.8, 0.5), (spike - 0.8, 0.5), (-0.5, 0.02))
    if pen.maybe(0.35):
        pen.line((-0.4, -rise * 0.35), (0, 0.12), (0.35, toe))


def _flip_flops(pen: Pen) -> None:
    """A pair from above."""
    edge = ((0.25, -0.6), (0.18, 0.1), (0.2, 0.6))
    for x in (-0.35, 0.35):
        with pen.at(x, 0, turn=x * pen.uniform(-20, 50)):
            pen.curve((0, -0.9), *edge, (0, 0.85), *[(-x, y) for x, y in edge[::-1]], closed=True)
            pen.line((-0.22, -0.1), (0, -0.55), (0.22, -0.1))


def shoe(pen: Pen) -> None:
    pen.choice([_sneaker, _sneaker, _boot, _high_heel, _flip_flops])(pen)


def _top_hat(pen: Pen, brim: float, crown: float, tall: float) -> None:
    flare = pen.uniform(-0.08, 0.12)
    pen.line((-crown, 0), (-crown - flare, -tall), (crown + flare, -tall), (crown, 0))
    if pen.maybe(0.7):
        pen.line((-crown, -0.2), (crown, -0.2))
    if pen.maybe():
        pen.ellipse(0, 0, brim, pen.uniform(0.1, 0.2))
    else:
        pen.box(-brim, 0, brim, 0.14)


def _sun_hat(pen: Pen, brim: float, crown: float, tall: float) -> None:
    pen.ellipse(0, 0, brim, pen.uniform(0.2, 0.35))
    pen.curve((-crown, 0), (-crown * 0.9, -tall * 0.7), (0, -tall), (crown * 0.9, -tall * 0.7), (crown, 0))
    pen.curve((-crown, -0.12), (0, 0), (crown, -0.12))


def _cap(pen: Pen, brim: float, crown: float, tall: float) -> None:
    visor, w = brim * 0.75, crown + 0.1
    pen.arc(0, 0, w, tall, -180, 0)
    pen.line((-w, 0), (w, 0))
    pen.curve((w, 0), (w + visor * 0.6, -0.03), (w + visor, 0.18), (w + visor * 0.4, 0.15), (0.2, 0))
    if pen.maybe():
        pen.curve((0, -tall), (0.25, -tall * 0.5), (0.25, 0))
    if pen.maybe():
        pen.dot(0, -tall - 0.08)


def _beanie(pen: Pen, brim: float, crown: float, tall: float) -> None:
    w, fold = crown + 0.15, pen.uniform(0.2, 0.35)
    pen.arc(0, 0, w, tall, -180, 0)
    pen.box(-w - 0.07, 0, w + 0.07, fold)
    if pen.maybe(0.75):
        pen.ellipse(0, -tall - 0.15, pen.uniform(0.15, 0.22))
    for x in (-w / 2, 0, w / 2) if pen.maybe() else ():
        pen.line((x, 0), (x, fold))


def _wizard_hat(pen: Pen, brim: float, crown: float, tall: float) -> None:
    bent = pen.uniform(-0.1, 0.5)
    pen.ellipse(0, 0, brim, pen.uniform(0.14, 0.25))
    pen.line((-crown, -0.05), (-0.15, -tall * 0.8), (bent, -tall * 1.4), (0.12, -tall * 0.6), (crown, -0.05))
    if pen.maybe(0.6):
        pen.curve((-crown * 0.85, -0.25), (0, -0.15), (crown * 0.85, -0.25))


def _cowboy_hat(pen: Pen, brim: float, crown: float, tall: float) -> None:
    pen.curve((-brim, -0.3), (-0.6, 0.1), (0, 0.2), (0.6, 0.1), (brim, -0.3))
    pen.curve((-brim, -0.3), (-0.6, -0.08), (0, 0), (0.6, -0.08), (brim, -0.3))
    top = crown * 0.8
    pen.curve((-crown, -0.03), (-top, -tall), (0, -tall * 0.85), (top, -tall), (crown, -0.03))


def hat(pen: Pen) -> None:
    kind = pen.choice([_top_hat, _sun_hat, _cap, _beanie, _wizard_hat, _cowboy_hat])
    kind(pen, pen.uniform(0.75, 1.1), pen.uniform(0.38, 0.55), pen.uniform(0.5, 0.9))


def _lens(pen: Pen, shape: str, w: float, h: float) -> None:
    match shape:
        case "round":
            pen.ellipse(0, 0, w, h)
        case "box":
            pen.box(-w, -h, w, h)
        case "cat":
            pen.curve((-w, -h * 0.6), (w * 1.2, -h * 1.2), (w * 0.8, h * 0.5), (0, h), (-w * 0.9, h * 0.4), closed=True)
        case "aviator":
            pen.curve((-w, -h), (w, -h), (w * 0.8, h * 0.6), (0, h), (-w * 0.9, 0), closed=True)


def eyeglasses(pen: Pen) -> None:
    w, h, gap = pen.uniform(0.32, 0.44), pen.uniform(0.2, 0.42), pen.uniform(0.05, 0.15)
    shape = pen.choice(["round", "round", "box", "cat", "aviator"])
    far = pen.choice([1, 1, pen.uniform(0.6, 0.85)])  # the far lens looks narrower
    for side, wide in ((-1, w), (1, w * far)):
        with pen.at(side * (wide + gap), scale=(side * wide / w, 1)):
            _lens(pen, shape, w, h)
    if pen.maybe(0.7):
        pen.curve((-gap - 0.03, 0), (0, -pen.uniform(0.08, 0.2)), (gap + 0.03, 0))
    else:
        pen.line((-gap - 0.03, -h * 0.5), (gap + 0.03, -h * 0.5))
    left, right, hinge = -gap - 2 * w, gap + 2 * w * far, -h * 0.3
    match pen.choice(["none", "short", "short", "back", "back", "back", "folded"]):
        case "short":
            for end, out in ((left, left - 0.2), (right, right + 0.2)):
                pen.line((end, hinge), (out, hinge), (out, pen.uniform(0, 0.3)))
        case "back":  # temples going back, hooked at the ear
            away, ear = pen.uniform(-0.2, 0.7), hinge - pen.uniform(0.35, 0.8)
            for end in (left, right):
                pen.line((end, hinge), (end + away, ear), (end + away + 0.2, ear + pen.uniform(0, 0.25)))
        case "folded":
            pen.line((left, 0), (right - 0.3, h + 0.2))
            pen.line((right, 0), (left + 0.3, h + 0.2))


def _apple_core(pen: Pen, w: float, h: float) -> None:
    thin = pen.uniform(0.12, 0.25)
    for side in (-1, 1):
        pen.curve((side * w * 0.75, -h * 0.75), (side * thin, -0.35), (side * thin, 0.3), (side * w * 0.6, h * 0.85))
    for y in (-h, h):
        pen.curve((-w * 0.75, y * 0.8), (-w * 0.4, y), (0, y * 0.9), (w * 0.4, y), (w * 0.75, y * 0.8))


def _bitten_apple(pen: Pen, w: float, h: float, dip: float) -> None:
    left = (-w * 0.35, h), (-w * 0.85, h * 0.45), (-w, -h * 0.25), (-w * 0.5, -h)
    pen.curve((0, h - 0.1), *left, (0, -h + dip), (w * 0.5, -h), (w * 0.9, -h * 0.55))
    pen.curve((w * 0.9, h * 0.35), (w * 0.85, h * 0.45), (w * 0.35, h), (0, h - 0.1))
    for y in (-0.33, 0.1):
        pen.arc(w * 0.88, h * y, 0.25, h * 0.23, 270, 90)


def apple(pen: Pen) -> None:
    w, h, dip = pen.uniform(0.7, 0.95), pen.uniform(0.65, 0.9), pen.uniform(0.12, 0.28)
    style = pen.choice(["whole", "whole", "bitten", "half", "core"])
    if style == "core":
        _apple_core(pen, w, h)
    elif style == "bitten":
        _bitten_apple(pen, w, h, dip)
    else:
        side = (w * 0.5, -h), (w, -h * 0.25), (w * pen.uniform(0.7, 0.9), h * 0.45), (w * 0.35, h)
        notch = (0, h - pen.uniform(0, 0.15))
        pen.curve((0, -h + dip), *side, notch, *[(-x, y) for x, y in side[::-1]], closed=True)
    if style == "half":
        pen.ellipse(0, 0, w * 0.35, h * 0.5)
    if style in ("half", "core"):  # pips
        for x in (-0.07, 0.07):
            pen.line((x, -0.1), (x * 1.5, 0.1))
    elif pen.maybe(0.3):  # shine
        pen.curve((-w * 0.7, 0), (-w * 0.65, -h * 0.4), (-w * 0.4, -h * 0.6))
    lean, tip = pen.uniform(-0.15, 0.2), -h - pen.uniform(0.15, 0.35)
    pen.curve((0, -h + dip), (lean * 0.3, -h), (lean, tip))
    if pen.maybe(0.65):
        pen.curve((lean * 0.3, -h), (0.25, tip), (0.6, tip - 0.05), (0.45, -h - 0.02), (lean * 0.3, -h))


def _ice_lolly(pen: Pen) -> None:
    w, top, stick = pen.uniform(0.35, 0.5), -pen.uniform(0.8, 1.0), pen.uniform(0.08, 0.13)
    if pen.maybe(0.35):  # bitten off at a corner
        pen.curve((-w, -0.4), (-w * 0.8, top), (0, top - 0.1))
        pen.line((0, top - 0.1), (0.03, -0.65), (w * 0.6, -0.65), (w, -0.4))
    else:
        pen.curve((-w, -0.4), (-w * 0.8, top), (0, top - 0.1), (w * 0.8, top), (w, -0.4))
    pen.line((-w, -0.4), (-w, 0.35), (w, 0.35), (w, -0.4))
    pen.line((-stick, 0.35), (-stick, 0.9), (stick, 0.9), (stick, 0.35))
    for x in pen.choice([(), (-w * 0.4, w * 0.4)]):
        pen.line((x, -0.55), (x, 0.1))


def _cone(pen: Pen, w: float) -> None:
    """A waffle cone, a wafer with a flat foot or a glass."""
    tip, style = pen.uniform(0.75, 1.15), pen.choice(["waffle", "waffle", "waffle", "wafer", "glass"])
    match style:
        case "waffle":
            pen.polygon((-w, 0), (w, 0), (0, tip))
            for share in pen.choice([(), (0.3,), (0.35, 0.7)]):
                for side in (-w, w):
                    away = side * 0.5 * (1 + share)
                    pen.line((side * (2 * share - 1), 0), (away, tip * 0.5 * (1 - share)))
        case "wafer":
            pen.box(-w, 0, w, 0.25)
            pen.line((-w * 0.7, 0.25), (-w * 0.45, 0.85), (w * 0.45, 0.85), (w * 0.7, 0.25))
        case "glass":
            pen.polygon((-w, 0), (-w * 0.5, 0.5), (w * 0.5, 0.5), (w, 0))
            pen.line((0, 0.5), (0, 0.8))
            pen.line((-w * 0.5, 0.8), (w * 0.5, 0.8))


def ice_cream(pen: Pen) -> None:
    style, w = pen.choice(["tower", "tower", "heap", "swirl", "lolly"]), pen.uniform(0.4, 0.53)
    if style == "lolly":
        return _ice_lolly(pen)
    _cone(pen, w)
    match style:
        case "tower":
            for level in range(pen.count(1, 3)):
                r = w * (1.1 - 0.12 * level)
                pen.arc(0, -r * (0.3 + level * 1.2), r, r, -205, 25)
        case "heap":
            r = w * pen.uniform(0.65, 0.8)
            for x, level in ((-0.8, 0), (0.8, 0), (0, 1))[: pen.count(2, 3)]:
                pen.arc(x * r, -r * (0.2 + 1.2 * level), r, r, -200, 20)
        case "swirl":
            edge = ((-1, 0), (-1.1, -0.25), (1, -0.3), (-0.75, -0.5), (0.55, -0.6), (-0.4, -0.8), (0.2, -1.15))
            pen.curve(*[(x * w, y) for x, y in edge])
            pen.curve((w, 0), (w * 1.15, -0.2), (w * 0.8, -0.5), (w * 0.5, -0.8), (w * 0.2, -1.15))
    if style == "heap" and pen.maybe():
        pen.box(-0.06, -w * 2, 0.08, -w * 0.9)  # a chocolate finger


def _pizza_slice(pen: Pen) -> None:
    w, tip, crust, bulge = pen.uniform(0.5, 0.8), pen.uniform(0.8, 1.2), pen.uniform(0.15, 0.25), pen.uniform(0, 0.2)
    rim = -0.4 - crust
    with pen.at(turn=pen.choice([0, 180, pen.uniform(-90, 90)])):
        pen.line((-w, -0.4), (0, tip), (w, -0.4))
        pen.curve((-w, -0.4), (0, -0.4 - bulge), (w, -0.4))
        pen.curve((-w, -0.4), (-w - 0.08, rim), (0, rim - bulge), (w + 0.08, rim), (w, -0.4))
        for x, y in ((-0.25, -0.1), (0.28, 0.0), (0.0, 0.4))[: pen.count(2, 3)]:
            _ring(pen, x + pen.uniform(-0.06, 0.06), y + pen.uniform(-0.05, 0.05), pen.uniform(0.11, 0.18))
        if pen.maybe(0.3):  # cheese running down
            pen.curve((-w * 0.5, 0.25), (-w * 0.52, 0.55), (-w * 0.3, 0.5), (-w * 0.25, 0.7))


def _whole_pizza(pen: Pen) -> None:
    """A disc with cuts, or with a part taken."""
    begin, gone, cuts = pen.uniform(0, 360), pen.choice([0, 45, 60, 90]), pen.count(2, 3)
    with pen.at(scale=(1, pen.choice([1, 1, pen.uniform(0.55, 0.8)])), turn=pen.uniform(-20, 20)):
        for r in pen.choice([(0.8,), (0.8, 0.66), (0.8, 0.66)]):
            pen.arc(0, 0, r, r, begin + gone, begin + 360)
        for angle in (begin, begin + gone) if gone else [begin + i * 180 / cuts for i in range(cuts)]:
            with pen.at(turn=angle):
                pen.line((0 if gone else -0.7, 0), (0.7, 0))
        toppings = pen.count(3, 5)
        for i in range(toppings):
            with pen.at(turn=begin + gone + (i + 0.5) * (360 - gone) / toppings):
                _ring(pen, pen.uniform(0.33, 0.48), 0, pen.uniform(0.1, 0.14))


def pizza(pen: Pen) -> None:
    pen.choice([_pizza_slice, _whole_pizza])(pen)


def _candles(pen: Pen, number: int, top: float, step: float) -> None:
    tall = pen.uniform(0.25, 0.45)
    for i in range(number):
        x = (i - (number - 1) / 2) * step
        pen.line((x, top), (x, top - tall))
        pen.line((x, top - tall - 0.12), (x + 0.02, top - tall - 0.26))


def _tiered_cake(pen: Pen, w: float) -> None:
    low, tiers, tall = 0.45, pen.count(2, 3), pen.uniform(0.32, 0.45)
    for i in range(tiers):
        wide = w * (1 - i * 0.28)
        pen.box(-wide, low - tall, wide, low)
        if i == 0 and pen.maybe():
            pen.curve(*[(wide * x / 3, low - tall + 0.1 + 0.1 * (x % 2)) for x in range(-3, 4)])
        low -= tall
    _candles(pen, pen.count(1, 2), low, w * 0.3)


def _cake_slice(pen: Pen, w: float, h: float) -> None:
    back, lift = pen.uniform(0.3, 0.55), pen.uniform(0.25, 0.4)
    pen.polygon((-w, 0), (w, 0), (back, -lift))
    pen.line((-w, 0), (-w, h), (w, h), (w, 0))
    pen.line((-w, h / 2), (w, h / 2))
    if pen.maybe(0.4):
        _candles(pen, 1, -lift / 2, 0)
    else:
        _ring(pen, back * 0.5, -lift, 0.17)


def cake(pen: Pen) -> None:
    w, h, flat = pen.uniform(0.6, 0.95), pen.uniform(0.45, 0.75), pen.uniform(0.12, 0.25)
    match pen.choice(["side", "round", "tiers", "slice"]):
        case "side":
            pen.box(-w, 0, w, h)
            if pen.maybe(0.6):  # icing
                pen.curve(*[(w * i / 4, 0.12 + 0.16 * (i % 2)) for i in range(-4, 5)])
            if pen.maybe():
                pen.line((-w, h * 0.65), (w, h * 0.65))
            _candles(pen, pen.count(1, 4), 0, w * 0.45)
        case "round":
            pen.ellipse(0, 0, w, flat)
            pen.line((-w, 0), (-w, h))
            pen.line((w, 0), (w, h))
            for y in pen.choice([(h,), (h / 2, h)]):
                pen.arc(0, y, w, flat, 0, 180)
            _candles(pen, pen.count(1, 4), 0, w * 0.45)
        case "tiers":
            _tiered_cake(pen, w)
            h = 0.45
        case "slice":
            _cake_slice(pen, w, h)
    if pen.maybe(0.4):  # the plate
        pen.line((-w - 0.25, h), (w + 0.25, h))


def _guitar_body(pen: Pen, neck: float) -> None:
    wide, waist, upper = pen.uniform(0.4, 0.6), pen.uniform(0.2, 0.34), pen.uniform(0.3, 0.45)
    style = pen.choice(["acoustic", "acoustic", "circles", "electric", "vee"])
    match style:
        case "acoustic":
            side = (upper, 0.02), (upper, 0.25), (waist, 0.45), (wide, 0.7), (wide * 0.8, 1.05)
            pen.curve((0, -0.05), *side, (0, 1.15), *[(-x, y) for x, y in side[::-1]], closed=True)
        case "circles":
            pen.arc(0, 0.25, upper, upper, 140, 400)
            pen.arc(0, 0.8, wide, wide, -65, 245)
        case "electric":  # two horns
            left = (-neck, 0.1), (-upper, -0.2), (-waist, 0.4), (-wide, 0.8)
            pen.curve(*left, (0, 1.1), (wide, 0.85), (waist, 0.45), (upper, 0.0), (neck, 0.15))
            pen.line((-0.15, 0.45), (0.15, 0.45))
        case "vee":
            wing = (wide + 0.1, 1.1), (waist, 1.15)
            pen.polygon((neck, 0.1), *wing, (0, 0.65), *[(-x, y) for x, y in wing[::-1]], (-neck, 0.1))
    if style in ("acoustic", "circles"):
        pen.ellipse(0, 0.5, pen.uniform(0.13, 0.18))


def guitar(pen: Pen) -> None:
    neck, end, head = pen.uniform(0.06, 0.1), -pen.uniform(0.6, 1.2), pen.uniform(0.13, 0.2)
    with pen.at(turn=pen.choice([pen.uniform(-20, 20), pen.uniform(20, 70), pen.uniform(-180, 180)])):
        _guitar_body(pen, neck)
        pen.line((-0.18, 0.85), (0.18, 0.85))
        for side in (-1, 1):
            pen.line((side * neck, 0.2), (side * neck, end))
        pen.polygon((-neck, end), (-head, end - 0.3), (head, end - 0.3), (neck, end))
        for i in range(pen.count(0, 3)):
            y = end - 0.06 - 0.1 * i
            pen.line((-head - 0.1, y), (-head + 0.04, y))
            pen.line((head + 0.1, y), (head - 0.04, y))
        if pen.maybe(0.4):
            pen.line((0, end), (0, 0.85))


PROGRAMS = (
    car,
    bus,
    bicycle,
    train,
    airplane,
    sailboat,
    rocket,
    balloon,
    helicopter,
    anchor,
    t_shirt,
    trousers,
    shoe,
    hat,
    eyeglasses,
    apple,
    ice_cream,
    pizza,
    cake,
    guitar,
)
