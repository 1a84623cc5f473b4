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
}
