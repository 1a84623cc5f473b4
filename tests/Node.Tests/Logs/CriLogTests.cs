using System.Text;
using Slipway.Api;
using Slipway.Node.Logs;
using Slipway.Node.Pods;

namespace Slipway.Node.Tests.Logs;

public sealed class CriLogTests
{
    [Fact]
    public void A_line_has_time_stream_tag_and_content()
    {
        var line = CriLogLine.Parse("2026-01-02T03:04:05.123456789Z stderr F hello  world"u8.ToArray())!.Value;
        Assert.Equal((true, false, "hello  world"), (line.IsError, line.IsPartial, Encoding.UTF8.GetString(line.Content.Span)));
        Assert.Equal(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero).AddTicks(1234567), line.Time);
        Assert.Equal("2026-01-02T03:04:05.123456789Z", line.TimeText);
        Assert.Equal(TimeSpan.FromHours(2), CriLogLine.Parse("2026-01-02T03:04:05.1+02:00 stdout P x"u8.ToArray())!.Value.Time.Offset);
        Assert.Equal(0, CriLogLine.Parse("2026-01-02T03:04:05Z stdout F "u8.ToArray())!.Value.Content.Length);
    }

    [Theory]
    [InlineData("")]
    [InlineData("no log line")]
    [InlineData("2026-01-02T03:04:05Z stdin F x")]
    [InlineData("yesterday stdout F x")]
    public void What_is_no_line_is_none(string text) => Assert.Null(CriLogLine.Parse(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void The_parts_of_a_line_are_joined_in_a_message() => Assert.Equal("abc\nd\n", TerminationMessage.OfLog(
        "2026-01-02T03:04:05Z stdout P ab\n2026-01-02T03:04:05Z stdout F c\n2026-01-02T03:04:05Z stderr F d\n2026-01-02T03:04:05Z stdout F cut o"u8.ToArray()));

    [Theory]
    [InlineData("a\nb\nc\n", 1, 4)]
    [InlineData("a\nb\nc\n", 2, 2)]
    [InlineData("a\nb\nc\n", 3, 0)]
    [InlineData("a\nb\nc\n", 9, 0)]
    [InlineData("a\nb\nc\n", 0, 6)]
    [InlineData("a\nb\nc", 1, 4)]
    [InlineData("", 5, 0)]
    public void The_last_lines_are_found_from_the_end(string text, long lines, long start) =>
        Assert.Equal(start, ContainerLogs.TailStart(new MemoryStream(Encoding.UTF8.GetBytes(text)), lines));

    [Fact]
    public void The_last_lines_of_a_long_log_are_found_beyond_one_block()
    {
        var text = string.Concat(Enumerable.Range(0, 5000).Select(i => $"line {i:0000}\n"));
        Assert.Equal(text.IndexOf("line 1000", StringComparison.Ordinal), ContainerLogs.TailStart(new MemoryStream(Encoding.UTF8.GetBytes(text)), 4000));
    }

    [Theory]
    [InlineData("follow=maybe", "follow: \"maybe\" is neither true nor false")]
    [InlineData("sinceSeconds=0", "sinceSeconds: \"0\" is not a whole number of at least 1")]
    [InlineData("sinceTime=noon", "sinceTime: \"noon\" is not an RFC 3339 time such as 2026-01-02T03:04:05Z")]
    public void A_wrong_option_is_refused_with_its_value(string query, string message) =>
        Assert.Equal(message, Assert.Throws<ApiException>(() => LogOptions.Parse(query, default)).Message);
}
