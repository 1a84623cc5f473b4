using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Slipway.ApiServer.Tables;
using static Slipway.ApiServer.Tests.Samples;

namespace Slipway.ApiServer.Tests;

public sealed class TableTests
{
    private const string Table = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json";
    private static readonly DateTimeOffset Now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task A_list_is_shown_as_a_table_with_the_metadata_of_its_rows()
    {
        await using var api = await TestApi.StartAsync(clock: new FakeTimeProvider(Now));
        await api.PostAsync(Pods, Pod("p", ",\"nodeName\":\"n\""));
        var table = (await api.GetAsync(Pods, Table)).Expect(200);
        Assert.Equal("Table meta.k8s.io/v1", $"{table["kind"]} {table["apiVersion"]}");
        Assert.Equal(["Name", "Ready", "Status", "Restarts", "Age", "IP", "Node", "Nominated Node", "Readiness Gates"],
            table.Json["columnDefinitions"]!.AsArray().Select(c => c!["name"]!.ToString()));
        Assert.Equal(["p", "0/1", "Pending", "0", "0s", "<none>", "n", "<none>", "<none>"], table.Json["rows"]![0]!["cells"]!.AsArray().Select(c => c!.ToString()));
        Assert.Equal("PartialObjectMetadata p", $"{table["rows.0.object.kind"]} {table["rows.0.object.metadata.name"]}");
        Assert.NotNull(table["rows.0.object.metadata.resourceVersion"]);

        Assert.Equal("Pod", (await api.GetAsync($"{Pods}?includeObject=Object", Table))["rows.0.object.kind"]);
        Assert.Null((await api.GetAsync($"{Pods}?includeObject=None", Table))["rows.0.object"]);
        (await api.GetAsync($"{Pods}?includeObject=Some", Table)).Expect(400);
        Assert.Equal("Table", (await api.GetAsync($"{Pods}/p", Table))["kind"]);
        Assert.Equal("Table meta.k8s.io/v1beta1", await KindOf("application/json;as=Table;v=v1beta1;g=meta.k8s.io"));

        async Task<string> KindOf(string accept) => await api.GetAsync(Pods, accept) is var answer ? $"{answer["kind"]} {answer["apiVersion"]}" : "";
    }

    [Fact]
    public async Task A_watch_is_shown_as_tables()
    {
        await using var api = await TestApi.StartAsync();
        await using var watch = await api.WatchAsync($"{Pods}?watch=true", Table);
        await api.PostAsync(Pods, Pod("a"));
        await api.PostAsync(Pods, Pod("b"));
        var first = (await watch.NextAsync())!;
        Assert.Equal("ADDED Table", $"{first.Type} {first.Object["kind"]}");
        Assert.NotNull(first.Object["columnDefinitions"]);
        var second = (await watch.NextAsync())!;
        Assert.Null(second.Object["columnDefinitions"]);
        Assert.Equal("b", second.Object["rows"]![0]!["cells"]![0]!.ToString());
    }

    [Fact]
    public async Task Watchers_share_rows_of_the_same_form_at_the_same_time()
    {
        var clock = new FakeTimeProvider(Now);
        await using var api = await TestApi.StartAsync(clock: clock);
        var start = (await api.PostAsync(Pods, Pod("a"))).Version;
        await api.MergeAsync($"{Pods}/a", """{"metadata":{"labels":{"x":"y"}}}""");
        await api.GetAsync(Pods);
        Assert.Equal("0s PartialObjectMetadata", await RowAsync("Metadata"));
        Assert.Equal("0s Pod", await RowAsync("Object"));
        Assert.Equal("0s ", await RowAsync("None"));
        Assert.Equal("0s ", await RowAsync("None"));
        clock.Advance(TimeSpan.FromSeconds(7));
        Assert.Equal("7s ", await RowAsync("None"));

        async Task<string> RowAsync(string include)
        {
            await using var watch = await api.WatchAsync($"{Pods}?watch=true&resourceVersion={start}&includeObject={include}", Table);
            var told = (await watch.NextAsync())!;
            Assert.NotNull(told.Object["columnDefinitions"]);
            var row = told.Object["rows"]![0]!;
            Assert.Equal(include == "None" ? null : "y", row["object"]?["metadata"]!["labels"]!["x"]!.ToString());
            return $"{row["cells"]![4]} {row["object"]?["kind"]}";
        }
    }

    [Fact]
    public async Task Metadata_alone_is_given()
    {
        await using var api = await TestApi.StartAsync();
        await api.PostAsync(Pods, Pod("a"));
        var list = (await api.GetAsync(Pods, "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1")).Expect(200);
        Assert.Equal("PartialObjectMetadataList", list["kind"]);
        Assert.Equal("PartialObjectMetadata a", $"{list["items.0.kind"]} {list["items.0.metadata.name"]}");
        Assert.Null(list["items.0.spec"]);
    }

    [Theory]
    [InlineData("application/json", 200, "PodList")]
    [InlineData("", 200, "PodList")]
    [InlineData("*/*", 200, "PodList")]
    [InlineData("text/html;q=0.9, application/json;q=0.1", 200, "PodList")]
    [InlineData("application/json;q=0.1, application/json;as=Table;g=meta.k8s.io;v=v1;q=0.5", 200, "Table")]
    [InlineData("application/json;as=Unknown;g=meta.k8s.io;v=v1, application/json", 200, "PodList")]
    [InlineData("application/json;as=Table;g=meta.k8s.io;v=v9", 406, "Status")]
    public async Task The_first_form_that_is_served_is_taken(string accept, int code, string kind)
    {
        await using var api = await TestApi.StartAsync();
        Assert.Equal(kind, (await api.GetAsync(Pods, accept)).Expect(code)["kind"]);
    }

    [Theory]
    [InlineData("application/json;as=Table;g=meta.k8s.io;v=v1", 406, "Status")]
    [InlineData("application/json;as=Table;g=meta.k8s.io;v=v1, application/json", 201, "SelfSubjectReview")]
    public async Task What_is_no_object_has_no_table(string accept, int code, string kind)
    {
        await using var api = await TestApi.StartAsync();
        const string Review = """{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}""";
        Assert.Equal(kind, (await api.SendAsync("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", Review, accept: accept)).Expect(code)["kind"]);
    }

    [Fact]
    public async Task Custom_resources_have_the_columns_of_their_definition()
    {
        await using var api = await TestApi.StartAsync();
        await api.PostAsync(Definitions, Definition());
        await api.PostAsync(CronTabs, CronTab("a"));
        await api.MergeAsync($"{CronTabs}/a/status", """{"status":{"conditions":[{"type":"Other","status":"False"},{"type":"Ready","status":"True"}]}}""");
        var table = await api.GetAsync(CronTabs, Table);
        Assert.Equal(["Name", "Spec", "Ready", "Replicas"], table.Json["columnDefinitions"]!.AsArray().Select(c => c!["name"]!.ToString()));
        Assert.Equal("""["a","* * * * *","True",1]""", table.Json["rows"]![0]!["cells"]!.ToJsonString());
    }

    [Theory]
    [InlineData("""{"status":{"phase":"Pending"}}""", "Pending 0/1 0")]
    [InlineData("""{"status":{"phase":"Running","containerStatuses":[{"ready":true,"restartCount":2,"state":{"running":{}}}]}}""", "Running 1/1 2")]
    [InlineData("""{"status":{"phase":"Running","containerStatuses":[{"restartCount":4,"state":{"waiting":{"reason":"CrashLoopBackOff"}}}]}}""", "CrashLoopBackOff 0/1 4")]
    [InlineData("""{"status":{"phase":"Failed","containerStatuses":[{"restartCount":0,"state":{"terminated":{"reason":"OOMKilled","exitCode":137}}}]}}""", "OOMKilled 0/1 0")]
    [InlineData("""{"status":{"phase":"Failed","containerStatuses":[{"restartCount":0,"state":{"terminated":{"exitCode":3}}}]}}""", "ExitCode:3 0/1 0")]
    [InlineData("""{"status":{"phase":"Failed","reason":"Evicted"}}""", "Evicted 0/1 0")]
    [InlineData("""{"spec":{"initContainers":[{"name":"i"},{"name":"j"}]},"status":{"phase":"Pending","initContainerStatuses":[{"name":"i","state":{"terminated":{"exitCode":0}}},{"name":"j","state":{"running":{}}}]}}""", "Init:1/2 0/1 0")]
    [InlineData("""{"spec":{"initContainers":[{"name":"i"}]},"status":{"phase":"Pending","initContainerStatuses":[{"name":"i","restartCount":1,"state":{"terminated":{"exitCode":1,"reason":"Error"}}}]}}""", "Init:Error 0/1 1")]
    [InlineData("""{"metadata":{"deletionTimestamp":"2030-01-01T00:00:00Z"},"status":{"phase":"Running","containerStatuses":[{"ready":true,"state":{"running":{}}}]}}""", "Terminating 1/1 0")]
    [InlineData("""{"status":{"phase":"Succeeded","containerStatuses":[{"state":{"terminated":{"reason":"Completed","exitCode":0}}}]}}""", "Completed 0/1 0")]
    public void A_pods_status_is_what_matters_most(string pod, string expected)
    {
        var node = System.Text.Json.Nodes.JsonNode.Parse(pod)!.AsObject();
        (node["spec"] ??= new System.Text.Json.Nodes.JsonObject())["containers"] = new System.Text.Json.Nodes.JsonArray(new System.Text.Json.Nodes.JsonObject { ["name"] = "c" });
        using var document = JsonDocument.Parse(node.ToJsonString());
        var summary = PodSummary.Of(document.RootElement);
        Assert.Equal(expected, $"{summary.Status} {summary.Ready}/{summary.Total} {summary.Restarts}");
    }

    [Theory]
    [InlineData(-5, "<invalid>")]
    [InlineData(0, "0s")]
    [InlineData(119, "119s")]
    [InlineData(125, "2m5s")]
    [InlineData(180, "3m")]
    [InlineData(3600, "60m")]
    [InlineData(3 * 3600, "3h")]
    [InlineData(3 * 3600 + 60, "3h1m")]
    [InlineData(30 * 3600, "30h")]
    [InlineData(49 * 3600, "2d1h")]
    [InlineData(10 * 86400, "10d")]
    [InlineData(800 * 86400, "2y70d")]
    public void Ages_are_short(int seconds, string expected) => Assert.Equal(expected, Ages.Format(TimeSpan.FromSeconds(seconds)));

    [Theory]
    [InlineData(".spec.a", "1")]
    [InlineData("{.spec.a}", "1")]
    [InlineData("$.spec.list[1].n", "b")]
    [InlineData(".spec.list[-1].n", "b")]
    [InlineData(".spec.list[*].n", "a")]
    [InlineData(".spec.list[?(@.n==\"b\")].v", "2")]
    [InlineData(".spec.list[?(@.n=='a')].v", "1")]
    [InlineData(".spec.labels.a\\.b/c", "x")]
    [InlineData(".spec['a']", "1")]
    [InlineData(".spec.none.deeper", "")]
    public void Simple_paths_lead_to_values(string path, string expected)
    {
        using var document = JsonDocument.Parse("""{"spec":{"a":1,"list":[{"n":"a","v":1},{"n":"b","v":2}],"labels":{"a.b/c":"x"}}}""");
        var value = SimplePath.Parse(path)!.First(document.RootElement);
        Assert.Equal(expected, value.ValueKind == JsonValueKind.Undefined ? "" : value.ToString());
    }
}
