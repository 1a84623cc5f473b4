using System.Globalization;
using System.Numerics;

namespace Slipway.Api;

/// <summary>
/// An amount of a resource, exact to a billionth, such as <c>500m</c>, <c>1.5Gi</c> or <c>1e3</c>
/// (<see href="https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/"/>).
/// Equality and order are those of the amount, whatever its notation.
/// </summary>
public readonly struct Quantity : IEquatable<Quantity>, IComparable<Quantity>
{
    /// <summary>Which family of suffixes an amount was written in; its canonical form keeps it.</summary>
    private enum Notation { Decimal, Binary, Exponent }

    private const string Rule = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
    private static readonly BigInteger Nano = 1_000_000_000;

    // Kubernetes caps amounts at what 64 bits hold.
    private static readonly BigInteger Limit = new BigInteger(long.MaxValue) * Nano;

    private readonly Int128 nanos;
    private readonly Notation notation;

    private Quantity(BigInteger nanos, Notation notation)
    {
        this.nanos = (Int128)BigInteger.Clamp(nanos, -Limit, Limit);
        this.notation = notation;
    }

    public static Quantity Zero => default;

    /// <summary>A whole amount, such as a count.</summary>
    public static Quantity Of(long units) => new(units * Nano, Notation.Decimal);

    /// <summary>An amount in thousandths, such as CPU.</summary>
    public static Quantity OfMilli(long milli) => new(milli * (Nano / 1000), Notation.Decimal);

    /// <summary>An amount of bytes, written with binary suffixes.</summary>
    public static Quantity OfBytes(long bytes) => new(bytes * Nano, Notation.Binary);

    /// <exception cref="FormatException">The text is not a quantity; the message is Kubernetes' own.</exception>
    public static Quantity Parse(string text) => TryParse(text, out var quantity) ? quantity : throw new FormatException(Rule);

    /// <summary>Parses without throwing. Amounts finer than a billionth are rounded away from zero.</summary>
    public static bool TryParse(string? text, out Quantity quantity)
    {
        quantity = default;
        if (string.IsNullOrEmpty(text)) return false;
        var start = text[0] is '-' or '+' ? 1 : 0;
        var end = start;
        while (end < text.Length && (char.IsAsciiDigit(text[end]) || text[end] == '.')) end++;
        var digits = text[start..end];
        var point = digits.IndexOf('.');
        if (digits.Length is 0 or > 64 || digits == "." || point != digits.LastIndexOf('.')) return false;
        if (ParseSuffix(text[end..]) is not { } suffix) return false;

        var fraction = point < 0 ? 0 : digits.Length - point - 1;
        var number = BigInteger.Parse(digits.Replace(".", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);
        var scaled = number * Nano * BigInteger.Pow(1024, suffix.Power1024);
        var exponent = suffix.Power10 - fraction;
        if (exponent >= 0) scaled *= BigInteger.Pow(10, exponent);
        else scaled = CeilingDivide(scaled, BigInteger.Pow(10, -exponent));
        quantity = new(text[0] == '-' ? -scaled : scaled, suffix.Notation);
        return true;
    }

    /// <summary>The amount in thousandths, rounded up, as CPU is counted.</summary>
    public long ToMilli() => Rounded(1_000_000);

    /// <summary>The amount in whole units, rounded up, as memory is counted in bytes.</summary>
    public long ToBytes() => Rounded(1_000_000_000);

    /// <summary>The amount in whole units, rounded up.</summary>
    public long ToUnits() => Rounded(1_000_000_000);

    /// <summary>The amount as a floating-point number, which may be a little off.</summary>
    public double ToDouble() => (double)nanos / 1_000_000_000;

    /// <summary>Whether the amount is a whole number of units.</summary>
    public bool IsWhole => nanos % 1_000_000_000 == 0;

    /// <summary>-1, 0 or 1.</summary>
    public int Sign => Int128.Sign(nanos);

    public static Quantity operator +(Quantity a, Quantity b) => new((BigInteger)a.nanos + b.nanos, a.nanos == 0 ? b.notation : a.notation);

    public static Quantity operator -(Quantity a, Quantity b) => new((BigInteger)a.nanos - b.nanos, a.nanos == 0 ? b.notation : a.notation);

    public static Quantity operator *(Quantity a, long times) => new((BigInteger)a.nanos * times, a.notation);

    /// <summary>The least amount that is no less than this one and a whole number of steps above another.</summary>
    /// <param name="from">Where the steps begin.</param>
    /// <param name="step">A step; of one that is not positive there are none.</param>
    public Quantity RoundedUp(Quantity from, Quantity step)
    {
        if (step.Sign <= 0)
            return this;
        var (whole, rest) = Int128.DivRem(nanos - from.nanos, step.nanos);
        return new((BigInteger)from.nanos + (BigInteger)step.nanos * (whole + (rest > 0 ? 1 : 0)), step.notation);
    }

    public static bool operator ==(Quantity a, Quantity b) => a.nanos == b.nanos;

    public static bool operator !=(Quantity a, Quantity b) => a.nanos != b.nanos;

    public static bool operator <(Quantity a, Quantity b) => a.nanos < b.nanos;

    public static bool operator >(Quantity a, Quantity b) => a.nanos > b.nanos;

    public static bool operator <=(Quantity a, Quantity b) => a.nanos <= b.nanos;

    public static bool operator >=(Quantity a, Quantity b) => a.nanos >= b.nanos;

    /// <inheritdoc/>
    public int CompareTo(Quantity other) => nanos.CompareTo(other.nanos);

    /// <inheritdoc/>
    public bool Equals(Quantity other) => nanos == other.nanos;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Quantity other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => nanos.GetHashCode();

    /// <summary>The canonical form: no fraction, and the largest suffix of its notation that loses nothing.</summary>
    public override string ToString()
    {
        if (nanos == 0) return "0";
        var sign = nanos < 0 ? "-" : "";
        var amount = Int128.Abs(nanos);
        // Amounts below 1024, and fractions, cannot be written with binary suffixes.
        if (notation == Notation.Binary && amount % 1_000_000_000 == 0 && amount >= (Int128)1024 * 1_000_000_000)
        {
            amount /= 1_000_000_000;
            var power = 0;
            for (; power < 6 && amount % 1024 == 0; power++) amount /= 1024;
            return $"{sign}{amount}{new[] { "", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei" }[power]}";
        }
        var exponent = -9;
        for (; exponent < 18 && amount % 1000 == 0; exponent += 3) amount /= 1000;
        if (notation == Notation.Exponent) return exponent == 0 ? $"{sign}{amount}" : $"{sign}{amount}e{exponent}";
        return $"{sign}{amount}{new[] { "n", "u", "m", "", "k", "M", "G", "T", "P", "E" }[exponent / 3 + 3]}";
    }

    private long Rounded(long unit)
    {
        var value = (BigInteger)nanos;
        var rounded = value >= 0 ? CeilingDivide(value, unit) : -BigInteger.Divide(-value, unit);
        return (long)BigInteger.Clamp(rounded, long.MinValue, long.MaxValue);
    }

    private static BigInteger CeilingDivide(BigInteger value, BigInteger by) => (value + by - 1) / by;

    private static (int Power10, int Power1024, Notation Notation)? ParseSuffix(string suffix) => suffix switch
    {
        "" => (0, 0, Notation.Decimal),
        "n" => (-9, 0, Notation.Decimal),
        "u" => (-6, 0, Notation.Decimal),
        "m" => (-3, 0, Notation.Decimal),
        "k" => (3, 0, Notation.Decimal),
        "M" => (6, 0, Notation.Decimal),
        "G" => (9, 0, Notation.Decimal),
        "T" => (12, 0, Notation.Decimal),
        "P" => (15, 0, Notation.Decimal),
        "E" => (18, 0, Notation.Decimal),
        "Ki" => (0, 1, Notation.Binary),
        "Mi" => (0, 2, Notation.Binary),
        "Gi" => (0, 3, Notation.Binary),
        "Ti" => (0, 4, Notation.Binary),
        "Pi" => (0, 5, Notation.Binary),
        "Ei" => (0, 6, Notation.Binary),
        ['e' or 'E', .. var power] when int.TryParse(power, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var exponent) && Math.Abs(exponent) <= 64 => (exponent, 0, Notation.Exponent),
        _ => null,
    };
}
