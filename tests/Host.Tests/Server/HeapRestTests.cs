namespace Slipway.Host.Server;

public sealed class HeapRestTests
{
    // Each look: megabytes allocated since the one before, and what is collected then.
    [Theory]
    [InlineData("60 None, 1 Whole", "a start is collected when it is over")]
    [InlineData("1 Whole, 1 None, 1 None, 1 None, 1 Young, 1 None", "at rest, what is worth it")]
    [InlineData("1 Whole, 500 None, 500 None, 2 Whole, 2 None, 2 Young", "nothing while requests would wait, all of it afterwards")]
    [InlineData("1 Whole, 9 Young, 9 Young", "below the bound of a busy time")]
    public void CollectsAsTheServerRests(string looks, string why)
    {
        var (rest, allocated) = (new HeapRest(), 0L);
        foreach (var look in looks.Split(", "))
        {
            var (megabytes, expected) = (look.Split(' ')[0], look.Split(' ')[1]);
            allocated += long.Parse(megabytes, System.Globalization.CultureInfo.InvariantCulture) << 20;
            Assert.True(rest.Look(allocated).ToString() == expected, $"{why}: {look}");
        }
    }
}
