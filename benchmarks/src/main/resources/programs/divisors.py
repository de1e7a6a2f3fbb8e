import math

def solution():
    """What is the sum of all numbers below 1000 that share a divisor with 84?"""
    shared = [n for n in range(1, 1000) if math.gcd(n, 84) > 1]
    return sum(shared)
