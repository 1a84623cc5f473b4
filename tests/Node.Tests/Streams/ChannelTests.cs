using System.Text;
using Slipway.Api;
using Slipway.Node.Streams;

namespace Slipway.Node.Tests.Streams;

public sealed class ChannelTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("v4.channel.k8s.io", "v4.channel.k8s.io")]
    [InlineData("v5.channel.k8s.io v4.channel.k8s.io v3.channel.k8s.io v2.channel.k8s.io channel.k8s.io", "v5.channel.k8s.io")]
    [InlineData("v3.channel.k8s.io v2.channel.k8s.io channel.k8s.io", "channel.k8s.io")]
    [InlineData("channel.k8s.io v4.channel.k8s.io", "channel.k8s.io")]
    [InlineData("v4.base64.channel.k8s.io", "v4.base64.channel.k8s.io")]
    [InlineData("base64.channel.k8s.io", "base64.channel.k8s.io")]
    [InlineData("v9.channel.k8s.io", null)]
    public void The_first_known_wish_is_taken(string wishes, string? chosen) =>
        Assert.Equal(chosen, ChannelProtocol.Choose(ChannelProtocol.OfCommands, wishes.Split(' ', StringSplitOptions.RemoveEmptyEntries))?.Name);

    [Theory]
    [InlineData(true, true, true, false, "3 error > | 0 stdin < | 1 stdout > greeted | 2 stderr >")]
    [InlineData(true, true, true, true, "3 error > | 0 stdin < | 1 stdout > greeted | 4 resize <")]
    [InlineData(false, true, false, false, "3 error > | 1 stdout > greeted")]
    [InlineData(false, false, true, false, "3 error > | 2 stderr > greeted")]
    [InlineData(true, false, false, false, "3 error > greeted | 0 stdin <")]
    public void Commands_have_the_channels_that_were_asked_for(bool stdin, bool stdout, bool stderr, bool tty, string expected) =>
        Assert.Equal(expected, string.Join(" | ", CommandStreams.Of(stdin, stdout, stderr, tty)
            .Select(s => $"{s.Channel} {s.Headers[0].Value} {(s.FromClient ? "<" : "")}{(s.ToClient ? ">" : "")}{(s.Greeting is not null ? " greeted" : "")}")));

    [Fact]
    public void Ports_have_two_channels_each_that_begin_with_the_port()
    {
        var streams = PortStreams.Of([80, 0x1F90]);
        Assert.Equal(["1 error 80 0", "0 data 80 0", "3 error 8080 1", "2 data 8080 1"], streams.Select(s => $"{s.Channel} {string.Join(' ', s.Headers.Select(h => h.Value))}"));
        Assert.Equal(new byte[] { 0x90, 0x1F }, streams[3].Greeting);
    }

    [Theory]
    [InlineData(false, "00 | 61 62!", 0, "ab")]
    [InlineData(false, "01 61 62!", 1, "ab")]
    [InlineData(false, "FF 00!", 255, "\0")]
    [InlineData(false, "04!", 4, "")]
    [InlineData(true, "30 59 57 4A 6A!", 0, "abc")]
    [InlineData(true, "31 59 | 57 | 4A 6A 5A | 41 3D 3D!", 1, "abcd")]
    [InlineData(true, "30 59 57 4A!", 0, null)]
    [InlineData(true, "30 2A 2A 2A 2A!", 0, null)]
    [InlineData(false, "!", 0, null)]
    public void Messages_are_taken_apart_in_whatever_pieces_they_come(bool isBase64, string pieces, int channel, string? expected)
    {
        var reader = new ChannelReader(isBase64);
        var data = new List<byte>();
        var isWhole = true;
        foreach (var piece in pieces.Split('|', StringSplitOptions.TrimEntries))
        {
            var output = new byte[64];
            var length = reader.Read(Convert.FromHexString(piece.Trim('!').Replace(" ", "", StringComparison.Ordinal)), piece.EndsWith('!'), output);
            isWhole &= length >= 0;
            data.AddRange(output.Take(Math.Max(length, 0)));
        }
        Assert.Equal(expected, isWhole ? Encoding.ASCII.GetString([.. data]) : null);
        if (isWhole) Assert.Equal(channel, reader.Channel);
    }

    [Theory]
    [InlineData(false, 1, "01 61 62 63")]
    [InlineData(true, 2, "32 59 57 4A 6A")]
    public void Messages_are_composed(bool isBase64, byte channel, string expected) =>
        Assert.Equal(Convert.FromHexString(expected.Replace(" ", "", StringComparison.Ordinal)), ChannelWriter.Message(isBase64, channel, [0, .. "abc"u8, 9, 9], 3).ToArray());

    [Fact]
    public void The_handshake_is_that_of_the_specification()
    {
        // The example of RFC 6455, section 1.3.
        var request = new ApiRequest("GET", "/") { Headers = [new("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="), new("sec-websocket-version", "13")], Upgrade = "WebSocket" };
        Assert.True(WebSockets.AreAsked(request));
        Assert.Contains(new("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), WebSockets.Headers(request, "")!);
        Assert.Contains(new("Sec-WebSocket-Protocol", "v4.channel.k8s.io"), WebSockets.Headers(request, "v4.channel.k8s.io")!);
        Assert.Null(WebSockets.Headers(request with { Headers = [new("Sec-WebSocket-Version", "8")] }, ""));
    }
}
