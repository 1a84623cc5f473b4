using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Slipway.Node.Housekeeping;

namespace Slipway.Node.Tests.Housekeeping;

public sealed class LogRotationTests
{
    // Files beside /l/0.log, most files, and what is deleted and compressed before the log is put aside.
    [Theory]
    [InlineData("", 5, "", "")]
    [InlineData("0.log.1", 5, "", "0.log.1")]
    [InlineData("0.log.1.gz 0.log.2", 5, "", "0.log.2")]
    [InlineData("0.log.1.gz 0.log.2.gz 0.log.3.gz 0.log.4", 5, "0.log.1.gz", "0.log.4")]
    [InlineData("0.log.4 0.log.1.gz 0.log.3 0.log.2.gz", 2, "0.log.1.gz 0.log.2.gz 0.log.3 0.log.4", "")]
    [InlineData("0.log.1.tmp 1.log 1.log.1", 5, "0.log.1.tmp", "")]
    public void The_oldest_go_and_what_is_not_compressed_is(string files, int most, string deleted, string compressed)
    {
        var (delete, compress) = LogRotation.Plan("/l/0.log", ["/l/0.log", .. files.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(f => $"/l/{f}")], most);
        Assert.Equal((deleted, compressed), (string.Join(' ', delete.Select(Path.GetFileName)), string.Join(' ', compress.Select(Path.GetFileName))));
    }

    [Theory]
    [InlineData("0.log.20260101-000000")]
    [InlineData("0.log.20260101-000000.gz")]
    public async Task Nothing_that_was_put_aside_in_the_same_second_is_overwritten(string taken)
    {
        var directory = Directory.CreateTempSubdirectory("slipway-logs-").FullName;
        foreach (var name in new[] { "0.log", "0.log.20251231-235959", taken })
            await File.WriteAllTextAsync(Path.Combine(directory, name), name, TestContext.Current.CancellationToken);
        // It does not get as far as to ask the runtime.
        var rotation = new LogRotation(null!, 1, 5, new FakeTimeProvider(new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero)), NullLogger.Instance);
        await rotation.RotateAsync("c", Path.Combine(directory, "0.log"), TestContext.Current.CancellationToken);
        Assert.Equal(["0.log", "0.log.20251231-235959", taken], Directory.EnumerateFiles(directory).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal));
        Directory.Delete(directory, recursive: true);
    }
}
