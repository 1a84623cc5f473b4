using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Slipway.Network.Services;

namespace Slipway.Network.Dns;

public sealed class DnsServerTests : IDisposable
{
    private readonly CancellationTokenSource _stop = new(TimeSpan.FromSeconds(30));
    private readonly FakeTimeProvider _clock = new();
    private readonly Upstream _upstream;
    private readonly DnsServer _server;

    public DnsServerTests()
    {
        _upstream = new(_stop.Token);
        var zone = new ClusterZone("cluster.local", Make.Network.DnsAddress, [Make.Network.Pods, Make.Network.Services], new Directory());
        _server = new(IPAddress.Loopback, 0, zone, new DnsForwarder(() => [IPAddress.Loopback], _upstream.Port, _clock), _clock, NullLogger.Instance);
        _ = _server.RunAsync(_stop.Token);
    }

    public void Dispose()
    {
        _stop.Cancel();
        _server.Dispose();
        _upstream.Dispose();
        _stop.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_name_of_the_cluster_is_answered_over_both_transports_in_the_clients_spelling(bool tcp)
    {
        var answer = await AskAsync(Question(7, "wEb.Shop.svc.CLUSTER.local", DnsType.A), tcp);
        Assert.Equal("7 True 0 1", $"{BinaryPrimitives.ReadUInt16BigEndian(answer)} {(answer[2] & 0x84) == 0x84} {answer[3] & 15} {answer[7]}");
        Assert.Contains("wEb", Encoding.Latin1.GetString(answer), StringComparison.Ordinal);
        Assert.Equal("web.shop.svc.cluster.local A 10.128.16.7", $"{DnsWire.Addresses(answer).Single()}");
    }

    [Fact]
    public async Task Other_names_are_asked_of_the_machines_servers_once_and_kept_as_long_as_they_hold()
    {
        _upstream.Reply = query => Answer(query, DnsCode.NoError, new DnsRecord("example.org", DnsType.A, 60) { Data = [192, 0, 2, 1] });
        var both = await Task.WhenAll(AskAsync(Question(1, "example.org", DnsType.A)), AskAsync(Question(2, "Example.org", DnsType.A)));
        Assert.All(both, answer => Assert.Equal("example.org A 192.0.2.1", $"{DnsWire.Addresses(answer).Single()}"));
        Assert.Equal([1, 2], both.Select(answer => (int)BinaryPrimitives.ReadUInt16BigEndian(answer)));

        _clock.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal(40u, DnsWire.Addresses(await AskAsync(Question(3, "example.org", DnsType.A))).Single().Ttl);
        Assert.Equal(1, _upstream.Questions);
        _clock.Advance(TimeSpan.FromSeconds(41));
        Assert.Equal(60u, DnsWire.Addresses(await AskAsync(Question(4, "example.org", DnsType.A))).Single().Ttl);
        Assert.Equal(2, _upstream.Questions);
    }

    [Fact]
    public async Task An_alias_is_followed_to_elsewhere_and_within_the_cluster()
    {
        _upstream.Reply = query => Answer(query, DnsCode.NoError, new DnsRecord("example.org", DnsType.Cname, 60) { Target = "www.example.org" }, new DnsRecord("www.example.org", DnsType.A, 60) { Data = [192, 0, 2, 1] });
        Assert.Equal(["away.shop.svc.cluster.local CNAME example.org", "example.org CNAME www.example.org", "www.example.org A 192.0.2.1"],
            DnsWire.Addresses(await AskAsync(Question(1, "away.shop.svc.cluster.local", DnsType.A))).Select(record => $"{record}"));
        Assert.Equal(["near.shop.svc.cluster.local CNAME web.shop.svc.cluster.local", "web.shop.svc.cluster.local A 10.128.16.7"],
            DnsWire.Addresses(await AskAsync(Question(2, "near.shop.svc.cluster.local", DnsType.A))).Select(record => $"{record}"));
        Assert.Equal(DnsCode.ServerFailure, (await AskAsync(Question(3, "loop.shop.svc.cluster.local", DnsType.A)))[3] & 15);
    }

    [Fact]
    public async Task What_does_not_fit_is_cut_and_whole_over_TCP()
    {
        var records = Enumerable.Range(0, 60).Select(n => new DnsRecord("example.org", DnsType.A, 60) { Data = [192, 0, 2, (byte)n] }).ToArray();
        _upstream.Reply = query => Answer(query, DnsCode.NoError, records);
        var cut = await AskAsync(Question(1, "example.org", DnsType.A));
        // 12 bytes of header, 17 of the question, 16 of each record.
        Assert.Equal((true, true, 30), (cut.Length <= 512, (cut[2] & 2) != 0, DnsWire.Addresses(cut).Count));
        Assert.Equal(60, DnsWire.Addresses(await AskAsync(Question(2, "example.org", DnsType.A), tcp: true)).Count);
        Assert.Equal(60, DnsWire.Addresses(await AskAsync(Question(3, "example.org", DnsType.A, payload: 1232))).Count);
    }

    [Theory]
    [InlineData(DnsCode.NoSuchName)]
    [InlineData(DnsCode.ServerFailure)]
    [InlineData(DnsCode.Refused)]
    public async Task What_the_machines_servers_refuse_is_refused(byte code)
    {
        _upstream.Reply = query => Answer(query, code);
        Assert.Equal(code, (await AskAsync(Question(1, "example.org", DnsType.A)))[3] & 15);
    }

    [Theory]
    [InlineData(new byte[] { 0, 9, 0x28, 0, 0, 0, 0, 0, 0, 0, 0, 0 }, DnsCode.NotImplemented)]                              // an update
    [InlineData(new byte[] { 0, 9, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0 }, DnsCode.FormatError)]                                    // without a question
    [InlineData(new byte[] { 0, 9, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0xc0, 12, 0, 1, 0, 1 }, DnsCode.FormatError)]              // a name that refers to itself
    [InlineData(new byte[] { 0, 9, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 40, 65, 0, 0, 1, 0, 1 }, DnsCode.FormatError)]             // a label beyond the end
    [InlineData(new byte[] { 0, 9, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 65, 0, 0, 1, 0, 3 }, DnsCode.Refused)]                  // of another class
    public async Task Malformed_messages_are_refused_by_number(byte[] message, byte code)
    {
        var answer = await AskAsync(message);
        Assert.Equal($"9 {code}", $"{answer[1]} {answer[3] & 15}");
    }

    [Fact]
    public async Task Noise_gets_no_answer_and_stops_nothing()
    {
        var random = new Random(3);
        using var socket = Connect(ProtocolType.Udp);
        for (var i = 0; i < 500; i++)
        {
            var noise = new byte[random.Next(1, 80)];
            random.NextBytes(noise);
            await socket.SendAsync(noise, _stop.Token);
            // So often that no buffer overflows.
            if (i % 50 == 49) Assert.Equal(1, (await AskAsync(Question(5, "web.shop.svc.cluster.local", DnsType.A)))[7]);
        }
    }

    [Theory]
    [InlineData("nameserver 192.0.2.1\nnameserver 127.0.0.53\nnameserver ::1\n# nameserver 192.0.2.9\nnameserver 10.0.0.10\nnameserver 2001:db8::1 # x\nsearch a\n", "192.0.2.1 2001:db8::1")]
    [InlineData("", "")]
    public void Servers_of_loopback_and_the_cluster_itself_are_not_asked(string text, string expected) =>
        Assert.Equal(expected, string.Join(' ', Upstreams.Parse(text, new HashSet<IPAddress> { IPAddress.Parse("10.0.0.10") })));

    private static byte[] Question(ushort id, string name, ushort type, ushort payload = 0)
    {
        var query = new DnsQuery(id, "", type, [0, 0, (byte)type, 0, 1]) { Extended = payload > 0 }.For(name);
        var message = query.ToMessage(id);
        if (payload > 0) BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(message.Length - 8), payload);
        return message;
    }

    private static byte[] Answer(byte[] query, byte code, params DnsRecord[] records)
    {
        Assert.True(DnsQuery.TryRead(query, out var read, out _));
        return DnsWire.Write(read, new(code, records), authoritative: false, 4096);
    }

    private async Task<byte[]> AskAsync(byte[] message, bool tcp = false)
    {
        using var socket = Connect(tcp ? ProtocolType.Tcp : ProtocolType.Udp);
        if (tcp)
        {
            using var stream = new NetworkStream(socket);
            await DnsStream.WriteAsync(stream, message, _stop.Token);
            return (await DnsStream.ReadAsync(stream, _stop.Token))!;
        }
        await socket.SendAsync(message, _stop.Token);
        var buffer = new byte[4096];
        return buffer[..await socket.ReceiveAsync(buffer, _stop.Token)];
    }

    private Socket Connect(ProtocolType protocol)
    {
        var socket = new Socket(AddressFamily.InterNetwork, protocol == ProtocolType.Tcp ? SocketType.Stream : SocketType.Dgram, protocol);
        socket.Connect(_server.EndPoint);
        return socket;
    }

    /// <summary>A name server of the machine.</summary>
    private sealed class Upstream : IDisposable
    {
        private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);

        public Upstream(CancellationToken stop)
        {
            _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            _ = ServeAsync(stop);
        }

        public int Port => ((IPEndPoint)_socket.LocalEndPoint!).Port;

        public int Questions { get; private set; }

        public Func<byte[], byte[]> Reply { get; set; } = query => Answer(query, DnsCode.NoSuchName);

        public void Dispose() => _socket.Dispose();

        private async Task ServeAsync(CancellationToken stop)
        {
            var buffer = new byte[4096];
            while (!stop.IsCancellationRequested)
            {
                var received = await _socket.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0), stop);
                Questions++;
                await _socket.SendToAsync(Reply(buffer[..received.ReceivedBytes]), received.RemoteEndPoint, stop);
            }
        }
    }
}
