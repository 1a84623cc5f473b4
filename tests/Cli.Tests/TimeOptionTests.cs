using System.Globalization;
using Slipway.Cli.Runs;

namespace Slipway.Cli.Tests;

public sealed class TimeOptionTests
{
    private static readonly TimeZoneInfo East = TimeZoneInfo.CreateCustomTimeZone("East", TimeSpan.FromHours(2), null, null);

    [Theory]
    [InlineData("2026-01-31", "2026-01-30T22:00:00.0000000Z")]
    [InlineData("2026-01-31T06:00", "2026-01-31T04:00:00.0000000Z")]
    [InlineData("2026-01-31T06:00:00", "2026-01-31T04:00:00.0000000Z")]
    [InlineData("2026-01-31T06:00:00.5", "2026-01-31T04:00:00.5000000Z")]
    [InlineData("2026-01-31T06:00:00.000", "2026-01-31T04:00:00.0000000Z")]
    [InlineData("2026-01-31T06:00:00.000Z", "2026-01-31T06:00:00.0000000Z")]
    [InlineData("2026-01-31T06:00:00+01:00", "2026-01-31T05:00:00.0000000Z")]
    public void What_has_no_offset_is_a_time_in_the_zone(string text, string expected) =>
        Assert.Equal(expected, TimeOption.Parse("--from", text, East).ToString("o", CultureInfo.InvariantCulture));

    [Theory]
    [InlineData("0001-01-01", "--from 0001-01-01 in East is outside of the years 1 to 9999 in UTC; write another time")]
    [InlineData("yesterday", "--from yesterday is no time; write it as 2026-01-31, 2026-01-31T06:00:00Z or 2026-01-31T06:00:00+01:00")]
    public void What_is_no_time_is_refused(string text, string expected) =>
        Assert.Equal(expected, Assert.Throws<CommandException>(() => TimeOption.Parse("--from", text, East)).Message);
}
