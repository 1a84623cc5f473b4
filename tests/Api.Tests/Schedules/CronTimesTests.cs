using System.Globalization;
using Slipway.Api.Schedules;

namespace Slipway.Api.Tests.Schedules;

public sealed class CronTimesTests
{
    [Theory]
    // schedule; zone; after; the times that follow, in UTC
    [InlineData("*/15 * * * *", null, "2026-01-01T00:07:30", "2026-01-01T00:15 2026-01-01T00:30")]
    [InlineData("5/20 3 * * *", null, "2026-01-01T00:00", "2026-01-01T03:05 2026-01-01T03:25 2026-01-01T03:45 2026-01-02T03:05")]
    [InlineData("0 6 * * MON-FRI", null, "2026-01-02T07:00", "2026-01-05T06:00")]
    [InlineData("0 0 13 * 5", null, "2026-01-01T00:00", "2026-01-02T00:00 2026-01-09T00:00 2026-01-13T00:00")] // either day
    [InlineData("0 0 13 * *", null, "2026-01-14T00:00", "2026-02-13T00:00")]
    [InlineData("0 0 */2 * 1", null, "2026-01-01T00:00", "2026-01-03T00:00 2026-01-05T00:00")]
    [InlineData("0 0 29 feb ?", null, "2026-01-01T00:00", "2028-02-29T00:00")]
    [InlineData("0 0 31 2 *", null, "2026-01-01T00:00", "")]
    [InlineData("@yearly", null, "2026-01-01T00:00", "2027-01-01T00:00")]
    [InlineData("@weekly", null, "2026-01-01T00:00", "2026-01-04T00:00")]
    [InlineData("@every 1h30m", null, "2026-01-01T00:00:10", "2026-01-01T01:30:10")]
    [InlineData("0 6 * * *", "Europe/Berlin", "2026-03-28T12:00", "2026-03-29T04:00 2026-03-30T04:00")]
    [InlineData("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00", "2026-03-30T00:30")] // there is no 2:30 on the 29th
    [InlineData("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00", "2026-10-25T00:30 2026-10-25T01:30 2026-10-26T01:30")] // and two of them on the 25th
    [InlineData("0 0 * * *", "Asia/Kolkata", "2026-01-01T00:00", "2026-01-01T18:30")]
    [InlineData("0 0 1 * *", "America/New_York", "2026-03-01T12:00", "2026-04-01T04:00")]
    [InlineData("TZ=Asia/Tokyo 0 9 * * *", null, "2026-01-01T00:00", "2026-01-02T00:00")]
    public void Times_follow_each_other(string schedule, string? zone, string after, string expected)
    {
        var times = CronTimes.Parse(schedule, zone);
        var found = new List<string>();
        DateTime? time = Utc(after);
        var wanted = expected.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        while (found.Count < Math.Max(wanted.Length, 1) && (time = times.Next(time!.Value)) is not null)
            found.Add(time.Value.ToString("yyyy-MM-dd'T'HH:mm", CultureInfo.InvariantCulture) + (time.Value.Second == 0 ? "" : $":{time.Value.Second}"));
        Assert.Equal(wanted, found);
    }

    [Theory]
    [InlineData("* * * *")]
    [InlineData("61 * * * *")]
    [InlineData("5-1 * * * *")]
    [InlineData("*/0 * * * *")]
    [InlineData("x * * * *")]
    [InlineData("@every soon")]
    public void What_is_no_schedule_is_refused(string schedule) => Assert.Throws<FormatException>(() => CronTimes.Parse(schedule, null));

    [Theory]
    [InlineData("0 6 * * *", null, "2026-01-02T06:00", "2026-01-01T06:00")]
    [InlineData("0 6 * * *", null, "2026-01-02T06:01", "2026-01-02T06:00")]
    [InlineData("*/15 9 * * *", null, "2026-01-02T09:00", "2026-01-01T09:45")]
    [InlineData("0 6 * * MON-FRI", null, "2026-01-05T06:00", "2026-01-02T06:00")]
    [InlineData("30 2 * * *", "Europe/Berlin", "2026-10-25T01:30", "2026-10-25T00:30")]
    [InlineData("0 0 29 2 *", null, "2028-02-29T00:00", "2024-02-29T00:00")]
    [InlineData("0 0 31 2 *", null, "2026-01-01T00:00", null)]
    public void The_time_before_is_found(string schedule, string? zone, string before, string? expected) =>
        Assert.Equal(expected is null ? null : Utc(expected), CronTimes.Parse(schedule, zone).Previous(Utc(before)));

    private static DateTime Utc(string text) => DateTime.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal);
}
