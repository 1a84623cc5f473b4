using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Slipway.Host.Server;

public sealed class LineLoggerTests
{
    [Fact]
    public void A_message_that_the_output_does_not_take_in_time_blocks_the_log_for_as_long()
    {
        var clock = new FakeTimeProvider(new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        var seen = new List<bool>();
        LineLogger log = null!;
        using var output = new Output(() =>
        {
            foreach (var minutes in (int[])[0, 2, 1])
            {
                clock.Advance(TimeSpan.FromMinutes(minutes));
                seen.Add(log.IsBlocked);
            }
        });
        log = new LineLogger(output, clock);
        Assert.False(log.IsBlocked);
        log.CreateLogger("Slipway.Node.Containerd.ContainerdProcess").LogWarning("it is slow");
        Assert.Equal("False False True", string.Join(' ', seen));
        Assert.False(log.IsBlocked);
        Assert.Equal("2026-01-01T00:00:00.000Z warn  Node.ContainerdProcess: it is slow", output.Line);
        log.Dispose();
    }

    /// <summary>An output in the midst of whose writing something happens.</summary>
    private sealed class Output(Action meanwhile) : TextWriter
    {
        public string? Line { get; private set; }

        public override Encoding Encoding => Encoding.UTF8;

        public override void WriteLine(string? value)
        {
            meanwhile();
            Line = value;
        }
    }
}
