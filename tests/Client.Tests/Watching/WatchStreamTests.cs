using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using Slipway.Api;

namespace Slipway.Client.Tests.Watching;

public sealed class WatchStreamTests
{
    [Fact]
    public async Task Frames_are_found_however_the_bytes_arrive()
    {
        var big = new string('x', 100_000);
        string[] frames = ["{\"a\":1}", $"\"{big}\"", "{\"b\":\"ä\"}"];
        var bytes = Encoding.UTF8.GetBytes(string.Join('\n', frames) + "\n");
        foreach (var chunk in new[] { 7, 1000, bytes.Length })
        {
            var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
            var write = Task.Run(async () =>
            {
                for (var i = 0; i < bytes.Length; i += chunk)
                    await pipe.Writer.WriteAsync(bytes.AsMemory(i, Math.Min(chunk, bytes.Length - i)));
                await pipe.Writer.CompleteAsync();
            });
            var seen = new List<string>();
            await foreach (var frame in WatchStream.FramesAsync(pipe.Reader.AsStream(), TestContext.Current.CancellationToken))
                seen.Add(Encoding.UTF8.GetString(frame.Span));
            await write;
            Assert.Equal(frames, seen);
        }
    }

    [Fact]
    public async Task A_stream_that_ends_within_a_frame_is_an_error()
    {
        await Assert.ThrowsAsync<IOException>(async () =>
        {
            await foreach (var _ in WatchStream.FramesAsync(new MemoryStream("{\"a\":1}\n{\"b\""u8.ToArray()), TestContext.Current.CancellationToken))
            {
            }
        });
    }

    [Fact]
    public void The_object_may_come_before_its_type()
    {
        var change = WatchFrame.Parse("""{"object":{"metadata":{"name":"x","resourceVersion":"4"}},"more":[{}],"type":"DELETED"}"""u8, Kinds.ConfigMaps);
        Assert.Equal((WatchEventType.Deleted, "x", "4"), (change.Type, change.Object!.Metadata.Name, change.ResourceVersion));
    }

    [Theory]
    [InlineData("ADDED", "", WatchEventType.Added)]
    [InlineData("MODIFIED", "", WatchEventType.Modified)]
    [InlineData("DELETED", "", WatchEventType.Deleted)]
    [InlineData("MODIFIED", ",\"more\":{\"object\":{}}", WatchEventType.Modified)]
    [InlineData("MODIFIED", " ", WatchEventType.Modified)]
    public void The_object_may_come_last_or_be_followed_by_something(string type, string rest, WatchEventType expected)
    {
        var change = WatchFrame.Parse(System.Text.Encoding.UTF8.GetBytes($$$"""{"type":"{{{type}}}","object":{"metadata":{"name":"x","resourceVersion":"4"}}{{{rest}}}}"""), Kinds.ConfigMaps);
        Assert.Equal((expected, "x", "4"), (change.Type, change.Object!.Metadata.Name, change.ResourceVersion));
    }

    [Theory]
    [InlineData("""{"type":"ADDED","object":{"metadata":{"name":"x"}}""")]
    [InlineData("""{"type":"ADDED","object":{"metadata":{"name":"x"}""")]
    [InlineData("""{"type":"ADDED","object":{"metadata":5}}""")]
    [InlineData("""{"type":"ADDED","object":{}}}""")]
    public void A_frame_that_is_cut_off_or_malformed_is_an_error(string frame) =>
        Assert.ThrowsAny<JsonException>(() => WatchFrame.Parse(System.Text.Encoding.UTF8.GetBytes(frame), Kinds.ConfigMaps));

    [Fact]
    public void An_error_is_thrown_as_the_refusal_it_carries()
    {
        var error = Assert.Throws<ApiException>(() => WatchFrame.Parse("""{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired","message":"m"}}"""u8, Kinds.ConfigMaps));
        Assert.Equal((410, "Expired", "m"), (error.Code, error.Reason, error.Message));
    }

    [Fact]
    public void An_unknown_type_is_an_error() =>
        Assert.Throws<JsonException>(() => WatchFrame.Parse("""{"type":"NEWS","object":{}}"""u8, Kinds.ConfigMaps));
}
