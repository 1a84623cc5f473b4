using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.ApiServer.Wire.Protobuf;
using static Slipway.ApiServer.Tests.Samples;

namespace Slipway.ApiServer.Tests.Protobuf;

/// <summary>Protobuf over the API: what a Go client sends and gets.</summary>
public sealed class ProtobufTests
{
    private const string GoClient = "application/vnd.kubernetes.protobuf,application/json";

    [Theory]
    [InlineData($"{Pods}/a")]
    [InlineData(Pods)]
    [InlineData($"{Pods}?limit=1")]
    [InlineData("/api/v1/pods?fieldSelector=metadata.name%3Db")]
    [InlineData("/api/v1/namespaces")]
    [InlineData("/apis/apiextensions.k8s.io/v1/customresourcedefinitions")]
    [InlineData("/apis/events.k8s.io/v1/events")]
    [InlineData("/api")]
    [InlineData("/apis")]
    [InlineData("/api/v1")]
    [InlineData("/api/v1/namespaces/default/pods/none")]
    public async Task What_is_read_is_the_same_as_in_JSON(string path)
    {
        await using var api = await TestApi.StartAsync();
        await api.PostAsync(Pods, Pod("a", ",\"nodeName\":\"n\"", ",\"labels\":{\"z\":\"1\",\"a\":\"2\"}"));
        await api.PostAsync(Pods, Pod("b"));
        await api.PostAsync("/apis/events.k8s.io/v1/namespaces/default/events", """{"apiVersion":"events.k8s.io/v1","kind":"Event","metadata":{"name":"e"},"eventTime":"2026-01-01T00:00:00.000001Z","action":"a","reason":"r","regarding":{"kind":"Pod","namespace":"default","name":"p"},"reportingController":"c","reportingInstance":"i","type":"Normal"}""");
        var json = await api.GetAsync(path);
        var (code, type, bytes) = await SendAsync(api, "GET", path);
        Assert.Equal(json.Code, code);
        Assert.Equal(MediaTypes.Protobuf, type);
        Assert.Equal("", JsonDifference.First(Shown(json.Json), Decode(bytes)));
    }

    [Fact]
    public async Task A_pod_that_a_Go_client_creates_is_as_if_sent_in_JSON()
    {
        await using var api = await TestApi.StartAsync();
        var (code, type, answer) = await SendAsync(api, "POST", Pods, Encode(Pod("a", ",\"restartPolicy\":\"Never\",\"terminationGracePeriodSeconds\":0")));
        Assert.Equal((201, MediaTypes.Protobuf), (code, type));
        var created = Decode(answer);
        Assert.Equal("Never 0", $"{created["spec"]!["restartPolicy"]} {created["spec"]!["terminationGracePeriodSeconds"]}");
        Assert.Equal("", JsonDifference.First(Shown((await api.GetAsync($"{Pods}/a")).Json), created));

        created["metadata"]!["labels"] = new JsonObject { ["x"] = "y" };
        var replaced = await SendAsync(api, "PUT", $"{Pods}/a", Encode(created.ToJsonString()));
        Assert.Equal(200, replaced.Code);
        Assert.Equal("y", (await api.GetAsync($"{Pods}/a"))["metadata.labels.x"]);
        var deleted = await SendAsync(api, "DELETE", $"{Pods}/a", Encode("""{"apiVersion":"v1","kind":"DeleteOptions","gracePeriodSeconds":0,"preconditions":{"uid":"other"}}"""));
        Assert.Equal(409, deleted.Code);
        Assert.Equal("Status", Decode(deleted.Body)["kind"]!.ToString());
        Assert.Equal(200, (await SendAsync(api, "DELETE", $"{Pods}/a", Encode("""{"apiVersion":"v1","kind":"DeleteOptions","gracePeriodSeconds":0}"""))).Code);
        (await api.GetAsync($"{Pods}/a")).Expect(404);
    }

    [Fact]
    public async Task A_list_larger_than_what_is_kept_of_it_is_whole()
    {
        await using var api = await TestApi.StartAsync();
        var data = new string('d', 900_000);
        for (var i = 0; i < 24; i++) await api.PostAsync(ConfigMaps, ConfigMap($"c{i:D2}", data: $"\"k\":\"{data}\""));
        var (_, _, bytes) = await SendAsync(api, "GET", ConfigMaps);
        Assert.True(bytes.Length > 20_000_000);
        Assert.Equal((await api.GetAsync(ConfigMaps)).Names, Decode(bytes)["items"]!.AsArray().Select(i => i!["metadata"]!["name"]!.ToString()));
    }

    [Fact]
    public async Task A_watch_is_a_row_of_frames()
    {
        await using var api = await TestApi.StartAsync();
        await using var response = await api.Api.SendAsync(new ApiRequest("GET", $"{ConfigMaps}?watch=true&allowWatchBookmarks=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan") { Accept = GoClient }, TestContext.Current.CancellationToken);
        Assert.Equal("application/vnd.kubernetes.protobuf;stream=watch", response.ContentType);
        Assert.Equal("BOOKMARK ConfigMap true", Text(await FrameAsync(response.Stream!), o => o["metadata"]!["annotations"]!["k8s.io/initial-events-end"]!.ToString()));
        var created = await api.PostAsync(ConfigMaps, ConfigMap("a"));
        Assert.Equal($"ADDED ConfigMap {created.Version}", Text(await FrameAsync(response.Stream!), Version));
        var changed = await api.MergeAsync($"{ConfigMaps}/a", """{"data":{"k":"v"}}""");
        var modified = await FrameAsync(response.Stream!);
        Assert.Equal($"MODIFIED ConfigMap {changed.Version}", Text(modified, Version));
        Assert.Equal("", JsonDifference.First(Shown(changed.Json), modified.Object));
        await api.DeleteAsync($"{ConfigMaps}/a");
        Assert.StartsWith("DELETED ConfigMap", Text(await FrameAsync(response.Stream!), Version), StringComparison.Ordinal);

        static string Version(JsonObject item) => item["metadata"]!["resourceVersion"]!.ToString();

        static string Text((string Type, JsonObject Object) frame, Func<JsonObject, string> detail) => $"{frame.Type} {frame.Object["kind"]} {detail(frame.Object)}";
    }

    [Fact]
    public async Task A_watch_that_cannot_begin_ends_with_a_frame_that_says_why()
    {
        await using var api = await TestApi.StartAsync();
        await api.PostAsync(ConfigMaps, ConfigMap("a"));
        await api.Store.CompactAsync(api.Store.Revision, TestContext.Current.CancellationToken);
        await using var response = await api.Api.SendAsync(new ApiRequest("GET", "/apis/batch/v1/jobs?watch=true&resourceVersion=1") { Accept = GoClient }, TestContext.Current.CancellationToken);
        if (response.Stream is not null) return;   // history reaches that far
        var (type, status) = Frame(response.Body.ToArray());
        Assert.Equal("ERROR 410", $"{type} {status["code"]}");
    }

    [Fact]
    public async Task Custom_resources_have_protobuf_for_their_metadata_alone()
    {
        await using var api = await TestApi.StartAsync();
        await api.PostAsync(Definitions, Definition());
        await api.PostAsync(CronTabs, CronTab("a"));
        Assert.Equal(MediaTypes.Json, (await SendAsync(api, "GET", CronTabs)).Type);
        Assert.Equal(MediaTypes.Json, (await SendAsync(api, "GET", $"{CronTabs}/a")).Type);
        (await api.GetAsync(CronTabs, MediaTypes.Protobuf)).Expect(406);
        var (code, type, bytes) = await SendAsync(api, "GET", CronTabs, accept: "application/vnd.kubernetes.protobuf;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1");
        Assert.Equal((200, MediaTypes.Protobuf), (code, type));
        var list = Encoding.Latin1.GetString(bytes);
        Assert.Contains("PartialObjectMetadataList", list, StringComparison.Ordinal);
        Assert.Contains((await api.GetAsync($"{CronTabs}/a"))["metadata.uid"]!, list, StringComparison.Ordinal);

        byte[] body = [.. "k8s\0"u8, 0x0a, 0x21, 0x0a, 0x16, .. "stable.example.com/v1"u8, 0x20, 0x12, 0x07, .. "CronTab"u8];
        var refused = await SendAsync(api, "POST", CronTabs, body);
        Assert.Equal(415, refused.Code);
    }

    [Theory]
    [InlineData("application/vnd.kubernetes.protobuf", 200, MediaTypes.Protobuf)]
    [InlineData("application/vnd.kubernetes.protobuf;as=Table;g=meta.k8s.io;v=v1,application/json;as=Table;g=meta.k8s.io;v=v1", 200, MediaTypes.Json)]
    [InlineData("application/vnd.kubernetes.protobuf;as=Table;g=meta.k8s.io;v=v1", 406, MediaTypes.Protobuf)]
    [InlineData("application/json, application/vnd.kubernetes.protobuf", 200, MediaTypes.Json)]
    [InlineData("application/vnd.kubernetes.protobuf;q=0.1, application/json;q=0.9", 200, MediaTypes.Json)]
    [InlineData("*/*", 200, MediaTypes.Json)]
    [InlineData("application/vnd.kubernetes.protobuf, */*", 200, MediaTypes.Protobuf)]
    [InlineData("image/png", 406, MediaTypes.Json)]
    public async Task The_first_form_that_there_is_is_taken(string accept, int code, string type)
    {
        await using var api = await TestApi.StartAsync();
        Assert.Equal((code, type), (await SendAsync(api, "GET", Pods, accept: accept)) is var answer ? (answer.Code, answer.Type) : default);
    }

    private static async Task<(int Code, string Type, byte[] Body)> SendAsync(TestApi api, string method, string path, byte[]? body = null, string accept = GoClient)
    {
        await using var response = await api.Api.SendAsync(new ApiRequest(method, path) { Body = body, ContentType = body is null ? MediaTypes.Json : MediaTypes.Protobuf, Accept = accept }, TestContext.Current.CancellationToken);
        return (response.StatusCode, response.ContentType, response.Body.ToArray());
    }

    private static JsonObject Decode(byte[] bytes) => ProtobufReader.Read(bytes, ProtobufKinds.SchemaOf);

    private static byte[] Encode(string json)
    {
        var document = JsonNode.Parse(json)!;
        var (apiVersion, kind) = (document["apiVersion"]?.ToString() ?? "v1", document["kind"]!.ToString());
        using var writer = new ProtobufWriter();
        var output = new System.Buffers.ArrayBufferWriter<byte>();
        new ProtobufEnvelope(apiVersion, kind).Write(output, writer.Object(MessageLayout.Of(ProtobufKinds.SchemaOf(apiVersion, kind)!), Encoding.UTF8.GetBytes(json)));
        return output.WrittenSpan.ToArray();
    }

    private static async Task<(string Type, JsonObject Object)> FrameAsync(Stream stream)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(10));
        var length = new byte[4];
        await stream.ReadExactlyAsync(length, limit.Token);
        var frame = new byte[4 + BinaryPrimitives.ReadInt32BigEndian(length)];
        length.CopyTo(frame, 0);
        await stream.ReadExactlyAsync(frame.AsMemory(4), limit.Token);
        return Frame(frame);
    }

    private static (string Type, JsonObject Object) Frame(byte[] frame)
    {
        Assert.Equal(frame.Length - 4, BinaryPrimitives.ReadInt32BigEndian(frame));
        var wire = new WireReader(frame.AsSpan(4));
        Assert.True(wire.Next(out var number) && number == 1);
        var type = Encoding.UTF8.GetString(wire.Bytes);
        Assert.True(wire.Next(out number) && number == 2);
        var raw = new WireReader(wire.Bytes);
        Assert.True(raw.Next(out number) && number == 1);
        return (type, Decode(raw.Bytes.ToArray()));
    }

    // What of a JSON document has a meaning in protobuf.
    private static JsonObject Shown(JsonNode document) => Decode(Encode(document.ToJsonString()));
}
