from fractions import Fraction

def solution():
    """A third of a 24 litre tank is syrup. A quarter of the mixture is poured out and replaced by water. How much syrup is left?"""
    tank = Fraction(24)
    syrup = tank / 3
    syrup -= syrup * Fraction(1, 4)
    return float(syrup)
