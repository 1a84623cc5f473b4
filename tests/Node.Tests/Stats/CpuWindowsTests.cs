using System.Globalization;
using Slipway.Node.Stats;

namespace Slipway.Node.Tests.Stats;

public sealed class CpuWindowsTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    // Samples as second:nanoseconds (- for what is not there yet), the last of which is asked about; since which second it exists.
    [Theory]
    [InlineData("0:0 1:500000000", -100, 500_000_000L)]
    [InlineData("0:0 0.5:500000000", -500, null)]                        // too short
    [InlineData("0:0 15:15000000000", -100, 1_000_000_000L)]
    [InlineData("0:0 15:3 30:15000000003", -100, 1_000_000_000L)]           // over the shorter of two windows
    [InlineData("0:0 15:3 20:10000000000", -100, 500_000_000L)]             // unless it is very short
    [InlineData("0:0 130:3 135:5000000003", -500, 1_000_000_000L)]          // or the other reaches too far back
    [InlineData("0:0 121:15000000000", -500, null)]                         // too long ago
    [InlineData("0:0 8:1000 9:9000000000", -100, 1_000_000_000L)]            // samples close to each other do not shorten the window
    [InlineData("0:- 10:4000000000", 2, 500_000_000L)]                      // began within the window
    [InlineData("0:- 10:4000000000", -5, null)]                             // was not counted before
    [InlineData("10:4000000000", 2, 500_000_000L)]                          // began a short while ago
    [InlineData("10:4000000000", 9.5, null)]
    [InlineData("300:4000000000", 2, null)]
    [InlineData("0:500 10:400", -100, null)]                                // another of the same name
    public void A_rate_takes_two_moments(string samples, double since, long? rate)
    {
        var windows = CpuWindows.None;
        var all = samples.Split(' ').Select(Sample).ToList();
        foreach (var sample in all[..^1])
            windows = windows.With(sample);
        Assert.Equal(rate, windows.Rate("x", all[^1], Start.AddSeconds(since))?.NanoCores);
    }

    [Fact]
    public void Windows_stay_between_ten_seconds_and_two_intervals()
    {
        var windows = CpuWindows.None;
        Assert.False(windows.Serve(Start));
        for (var second = 0; second <= 120; second += 5)
        {
            var now = Start.AddSeconds(second);
            if (second >= 10)
                Assert.InRange((now - windows.Older!.At).TotalSeconds, 10, 20);
            windows = windows.With(new(now, new Dictionary<string, long>()));
            if (second < 10)
                windows = windows with { Older = windows.Newer };
        }
        Assert.True(windows.Serve(Start.AddSeconds(121)));
        Assert.False(windows.Serve(Start.AddSeconds(300)));
        Assert.Null(windows.With(new(Start.AddSeconds(300), new Dictionary<string, long>())).Older);
    }

    private static CpuSample Sample(string text) => text.Split(':') is [var second, var nanos] && double.Parse(second, CultureInfo.InvariantCulture) is var at
        ? new(Start.AddSeconds(at), nanos == "-" ? new Dictionary<string, long>() : new Dictionary<string, long> { ["x"] = long.Parse(nanos, CultureInfo.InvariantCulture) })
        : throw new FormatException(text);
}
