using static Slipway.ApiServer.Tests.Samples;

namespace Slipway.ApiServer.Tests;

/// <summary>Which state the parameters of a list or watch ask for, and what they may not say.</summary>
public sealed class ListOptionsTests
{
    private const string Match = "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: ";

    [Theory]
    [InlineData("resourceVersionMatch=Exact", Match + "Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided")]
    [InlineData("resourceVersionMatch=Exact&resourceVersion=0", Match + "Forbidden: resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"")]
    [InlineData("resourceVersionMatch=Roughly&resourceVersion=1", Match + "Unsupported value: \"Roughly\": supported values: \"Exact\", \"NotOlderThan\", \"\"")]
    [InlineData("resourceVersionMatch=Exact&resourceVersion=1&continue=x", Match + "Forbidden: resourceVersionMatch is forbidden when continue is provided")]
    [InlineData("sendInitialEvents=false", "ListOptions.meta.k8s.io \"\" is invalid: sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list")]
    [InlineData("watch=true&sendInitialEvents=true", Match + "Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan")]
    [InlineData("watch=true&resourceVersionMatch=NotOlderThan&resourceVersion=1", Match + "Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided")]
    [InlineData("watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&continue=x", Match + "Forbidden: resourceVersionMatch is forbidden when continue is provided")]
    [InlineData("continue=bm90IGpzb24&resourceVersion=1", "specifying resource version is not allowed when using continue")]
    [InlineData("continue=bm90IGpzb24", "invalid continue token: continue key is not valid")]
    [InlineData("continue=eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MCwic3RhcnQiOiJhIn0", "invalid continue token: continue key is not valid")]
    [InlineData("continue=eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6bnVsbCwic3RhcnQiOiJhIn0", "invalid continue token: continue key is not valid")]
    [InlineData("continue=eyJ2IjoxLCJ2IjoyfQ", "invalid continue token: continue key is not valid")]
    [InlineData("fieldSelector=spec.x%3D1", "\"spec.x\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\"")]
    public async Task What_contradicts_itself_is_refused_in_Kubernetes_words(string query, string message)
    {
        await using var api = await TestApi.StartAsync();
        var refusal = await api.GetAsync($"{ConfigMaps}?{query}");
        Assert.StartsWith(message, refusal["message"], StringComparison.Ordinal);
        Assert.Equal(message.Contains("ListOptions", StringComparison.Ordinal) ? 422 : 400, refusal.Code);
    }

    [Theory]
    [InlineData("/apis/batch/v1/jobs", "field label \"spec.x\" not supported for Job")]
    [InlineData("/api/v1/nodes", "field label not supported: spec.x")]
    [InlineData("/apis/apps/v1/deployments", "\"spec.x\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\"")]
    public async Task Fields_that_are_not_selectable_are_refused_in_the_words_of_their_kind(string path, string message)
    {
        await using var api = await TestApi.StartAsync();
        Assert.Equal(message, (await api.GetAsync($"{path}?fieldSelector=spec.x%3D1")).Expect(400)["message"]);
    }

    // Three objects: a and b at the revision A, c later. The state of now has all of them.
    [Theory]
    [InlineData("", "a b c")]
    [InlineData("resourceVersion=0", "a b c")]
    [InlineData("resourceVersion=A", "a b c")]
    [InlineData("resourceVersion=A&resourceVersionMatch=NotOlderThan", "a b c")]
    [InlineData("resourceVersion=0&resourceVersionMatch=NotOlderThan", "a b c")]
    [InlineData("resourceVersion=A&resourceVersionMatch=NotOlderThan&limit=5", "a b c")]
    [InlineData("resourceVersion=A&resourceVersionMatch=Exact", "a b")]
    [InlineData("resourceVersion=A&limit=5", "a b")]
    [InlineData("resourceVersion=0&limit=2", "a b +1")]
    [InlineData("limit=2", "a b +1")]
    [InlineData("limit=2&labelSelector=none%21%3Dx", "a b +")]
    [InlineData("limit=2&fieldSelector=metadata.name%21%3Dx", "a b +")]
    [InlineData("limit=3", "a b c")]
    [InlineData("fieldSelector=metadata.name%3Db", "b")]
    [InlineData("fieldSelector=metadata.name%3Db&labelSelector=none%3Dx", "")]
    [InlineData("fieldSelector=metadata.name%3Dd", "")]
    public async Task Parameters_choose_the_state_and_the_part(string query, string expected)
    {
        await using var api = await TestApi.StartAsync();
        await api.PostAsync(ConfigMaps, ConfigMap("a"));
        var at = (await api.PostAsync(ConfigMaps, ConfigMap("b"))).Version;
        await api.PostAsync(ConfigMaps, ConfigMap("c"));
        await api.GetAsync(ConfigMaps);   // the caches have it
        var list = (await api.GetAsync($"{ConfigMaps}?{query.Replace("=A", $"={at}", StringComparison.Ordinal)}")).Expect(200);
        var rest = list["metadata.continue"] is null ? "" : $" +{list["metadata.remainingItemCount"]}";
        Assert.Equal(expected, string.Join(' ', list.Names) + rest);
    }

    [Theory]
    [InlineData("resourceVersion=9999")]
    [InlineData("resourceVersion=9999&limit=1")]
    [InlineData("resourceVersion=9999&resourceVersionMatch=Exact")]
    public async Task A_version_that_does_not_come_is_waited_for_and_refused(string query)
    {
        var clock = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        await using var api = await TestApi.StartAsync(clock: clock);
        var asked = api.GetAsync($"{ConfigMaps}?{query}");
        Assert.False(asked.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(3));
        var refusal = (await asked).Expect(504);
        Assert.Equal("Timeout ResourceVersionTooLarge", $"{refusal["reason"]} {refusal["details.causes.0.reason"]}");
        Assert.StartsWith("Too large resource version: 9999, current: ", refusal["message"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "ADDED a,ADDED b,BOOKMARK end,ADDED c")]
    [InlineData("resourceVersion=0", "ADDED a,ADDED b,BOOKMARK end,ADDED c")]
    [InlineData("resourceVersion=A", "ADDED b,ADDED c")]
    [InlineData("sendInitialEvents=true&resourceVersionMatch=NotOlderThan", "ADDED a,ADDED b,BOOKMARK end,ADDED c")]
    [InlineData("sendInitialEvents=true&resourceVersionMatch=NotOlderThan&resourceVersion=A", "ADDED a,ADDED b,BOOKMARK end,ADDED c")]
    [InlineData("sendInitialEvents=false&resourceVersionMatch=NotOlderThan", "ADDED c")]
    [InlineData("sendInitialEvents=false&resourceVersionMatch=NotOlderThan&resourceVersion=0", "ADDED c")]
    [InlineData("sendInitialEvents=false&resourceVersionMatch=NotOlderThan&resourceVersion=A", "ADDED b,ADDED c")]
    [InlineData("fieldSelector=metadata.name%3Db", "ADDED b,BOOKMARK end")]
    public async Task Parameters_choose_where_a_watch_begins(string query, string expected)
    {
        await using var api = await TestApi.StartAsync();
        var at = (await api.PostAsync(ConfigMaps, ConfigMap("a"))).Version;
        await api.PostAsync(ConfigMaps, ConfigMap("b"));
        await api.GetAsync(ConfigMaps);
        await using var watch = await api.WatchAsync($"{ConfigMaps}?watch=true&allowWatchBookmarks=true&{query.Replace("=A", $"={at}", StringComparison.Ordinal)}");
        await api.PostAsync(ConfigMaps, ConfigMap("c"));
        var events = new List<string>();
        while (events.Count < expected.Split(',').Length)
        {
            var line = (await watch.NextAsync())!;
            events.Add(line.Object["metadata"]!["annotations"]?["k8s.io/initial-events-end"] is null ? line.ToString() : $"{line.Type} end");
        }
        Assert.Equal(expected, string.Join(',', events));
    }

    [Theory]
    [InlineData("/api/v1/watch/configmaps", "ADDED a,ADDED b")]
    [InlineData("/api/v1/watch/namespaces/default/configmaps", "ADDED a,ADDED b")]
    [InlineData("/api/v1/watch/namespaces/default/configmaps/b", "ADDED b")]
    [InlineData("/api/v1/namespaces/default/configmaps/b?watch=1", "ADDED b")]
    [InlineData("/api/v1/watch/namespaces/kube-system", "ADDED kube-system")]
    public async Task A_watch_is_also_asked_for_by_its_path(string path, string expected)
    {
        await using var api = await TestApi.StartAsync();
        await api.PostAsync(ConfigMaps, ConfigMap("a"));
        await api.PostAsync(ConfigMaps, ConfigMap("b"));
        await using var watch = await api.WatchAsync(path);
        foreach (var line in expected.Split(',')) Assert.Equal(line, await watch.NextTextAsync());
        (await api.SendAsync("DELETE", "/api/v1/watch/namespaces/default/configmaps/b")).Expect(405);
    }

    [Fact]
    public async Task A_token_serves_unchanged_state_from_memory_and_changed_state_from_the_store()
    {
        await using var api = await TestApi.StartAsync();
        for (var i = 0; i < 300; i++) await api.PostAsync(ConfigMaps, ConfigMap($"c{i:D3}"));
        var seen = new List<string>();
        string? token = null;
        do
        {
            var page = (await api.GetAsync($"{ConfigMaps}?limit=70&continue={token}")).Expect(200);
            seen.AddRange(page.Names);
            Assert.Equal(300 - seen.Count, int.Parse(page["metadata.remainingItemCount"] ?? "0"));
            token = page["metadata.continue"];
            if (seen.Count == 140) await api.MergeAsync($"{ConfigMaps}/c200", """{"data":{"k":"v"}}""");
        }
        while (token is not null);
        Assert.Equal(Enumerable.Range(0, 300).Select(i => $"c{i:D3}"), seen);
    }
}
