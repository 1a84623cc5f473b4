using System.Globalization;
using System.Numerics;

namespace Slipway.Api.Tests;

/// <summary>Laws of quantities, tried on random ones. A failure names its seed.</summary>
public sealed class QuantityLawsTests
{
    private static readonly string[] Suffixes = ["", "n", "u", "m", "k", "M", "G", "T", "Ki", "Mi", "Gi", "Ti", "e0", "e3", "E6", "e-3"];

    [Fact]
    public void The_canonical_form_is_the_same_amount_and_its_own_canonical_form() => Each((random, what) =>
    {
        var quantity = Any(random);
        var canonical = Quantity.Parse(quantity.ToString());
        Assert.True(canonical == quantity, $"{what}: {quantity}");
        Assert.Equal(quantity.ToString(), canonical.ToString());
    });

    [Fact]
    public void Sums_and_differences_undo_each_other_and_order_agrees_with_them() => Each((random, what) =>
    {
        var (a, b) = (Any(random), Any(random));
        Assert.True(a + b - b == a && a - b + b == a && a + b == b + a, $"{what}: {a}, {b}");
        Assert.True(a.CompareTo(b) == (a - b).Sign && a.CompareTo(b) == -b.CompareTo(a), $"{what}: {a}, {b}");
        Assert.True(a == b == (a.CompareTo(b) == 0) && (a != b || a.GetHashCode() == b.GetHashCode()), $"{what}: {a}, {b}");
        Assert.True(a * 3 == a + a + a, $"{what}: {a}");
    });

    [Fact]
    public void Counted_units_are_rounded_away_from_zero_never_by_a_whole_one() => Each((random, what) =>
    {
        var quantity = Any(random);
        var (amount, milli) = ((decimal)Nanos(quantity) / 1_000_000_000, quantity.ToMilli());
        if (Math.Abs(amount) > long.MaxValue / 1000) return;   // thousandths end there
        Assert.True(Math.Abs(milli - amount * 1000) < 1, $"{what}: {quantity} is {milli} thousandths");
        Assert.True(Math.Abs(quantity.ToUnits() - amount) < 1 && (quantity.IsWhole == (quantity.ToUnits() == amount)), $"{what}: {quantity} is {quantity.ToUnits()} units");
    });

    [Fact]
    public void Any_text_is_read_or_refused() => Each((random, what) =>
    {
        var text = random.GetString("0123456789.+-eEKMGTPinumk ", random.Next(8));
        if (Quantity.TryParse(text, out var quantity)) Assert.True(Quantity.Parse(quantity.ToString()) == quantity, $"{what}: {text}");
        else Assert.Throws<FormatException>(() => Quantity.Parse(text));
    });

    private static BigInteger Nanos(Quantity quantity)
    {
        var whole = quantity.ToUnits();
        var rest = quantity - Quantity.Of(whole);
        return (BigInteger)whole * 1_000_000_000 + (long)Math.Round(rest.ToDouble() * 1_000_000_000);
    }

    private static Quantity Any(Random random)
    {
        var number = random.Next(3) switch
        {
            0 => random.Next(2000).ToString(CultureInfo.InvariantCulture),
            1 => $"{random.Next(100)}.{random.Next(1000)}",
            _ => random.Next(1_000_000).ToString(CultureInfo.InvariantCulture),
        };
        return Quantity.Parse($"{(random.Next(4) == 0 ? "-" : "")}{number}{Suffixes[random.Next(Suffixes.Length)]}");
    }

    private static void Each(Action<Random, string> law)
    {
        for (var seed = 1; seed <= 3000; seed++) law(new Random(seed), $"seed {seed}");
    }
}
