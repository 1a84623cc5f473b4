using System.Globalization;
using System.Text.Json.Nodes;

namespace Slipway.Wrapper.Tests;

/// <summary>What is measured beside memory.</summary>
public sealed class UsageTests
{
    [Fact]
    public async Task What_the_command_and_its_children_write_to_storage_is_counted()
    {
        // The shell's own count has that of its children: what is written depends on the file system, and is nothing where that is memory.
        await using var wrapper = WrapperProcess.Run([], "sh", "-c", "(dd if=/dev/zero of=written bs=1M count=8 conv=fsync) 2> /dev/null; cat /proc/$$/io");
        var (code, output, _) = await wrapper.EndAsync();
        Assert.Equal(0, code);
        var counts = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split(": ")).ToDictionary(l => l[0], l => long.Parse(l[1], CultureInfo.InvariantCulture));
        foreach (var (kernel, report) in new[] { ("read_bytes", "bytesRead"), ("write_bytes", "bytesWritten") })
            Assert.InRange(wrapper.Report[report]!.GetValue<long>(), counts[kernel] - 512, counts[kernel] + (1 << 20));
    }

    [Fact]
    public async Task The_container_was_made_when_the_file_for_its_message_was()
    {
        var directory = Directory.CreateTempSubdirectory("slipway-task-").FullName;
        var log = Path.Combine(directory, "log");
        await File.WriteAllTextAsync(log, "", TestContext.Current.CancellationToken);
        var made = new DateTime(2026, 1, 31, 6, 0, 0, 250, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(log, made);
        await using var wrapper = WrapperProcess.Start(directory, WrapperProcess.Executable, "run", "--termination", log, "--", "true");
        await wrapper.EndAsync();
        var report = JsonNode.Parse(await File.ReadAllTextAsync(log, TestContext.Current.CancellationToken))!;
        Assert.Equal(made, report["pulled"]!.GetValue<DateTimeOffset>().UtcDateTime);

        await using var without = WrapperProcess.Run([], "true");
        await without.EndAsync();
        Assert.Null(without.Report["pulled"]);
    }

    [Theory]
    [InlineData("Inter-| Receive | Transmit\n face |bytes packets|bytes packets\n    lo: 99 1 0 0 0 0 0 0 99 1 0 0 0 0 0 0\n  eth0: 1500 3 0 0 0 0 0 0 700 2 0 0 0 0 0 0\n  net1:20 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0", 1520, 701)]
    [InlineData(" face |bytes\n    lo: 99 1 0 0 0 0 0 0 99 1 0 0 0 0 0 0", 0, 0)]
    [InlineData("eth0: x", 0, 0)]
    public void Bytes_of_all_interfaces_but_loopback_are_added(string text, long received, long sent) =>
        Assert.Equal(new NetworkBytes(received, sent), NetworkBytes.Parse(text.Split('\n')));

    [Fact]
    public void What_cannot_be_told_is_not_zero()
    {
        Assert.Equal(new NetworkBytes(5, 1), NetworkBytes.Between(new(1, 1), new(6, 2)));
        Assert.Null(NetworkBytes.Between(null, new(6, 2)));
        Assert.Null(NetworkBytes.Between(new(1, 1), null));
        Assert.Null(NetworkBytes.Between(new(9, 1), new(6, 2)));
    }
}
