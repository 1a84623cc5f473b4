using System.Text;
using System.Text.Json.Nodes;
using k8s.Models;
using Slipway.Api;

namespace Slipway.Client.Tests;

public sealed class TypedApiTests
{
    private const string Map = """{"metadata":{"name":"m","namespace":"a"}}""";
    private readonly ScriptedApi _api = new();

    [Fact]
    public async Task What_is_not_there_is_null_and_what_is_there_already_is_not_created()
    {
        var get = _api.GetAsync(Kinds.ConfigMaps, "a", "m");
        (await _api.NextAsync()).Refuse(404, "NotFound");
        Assert.Null(await get);

        var create = _api.CreateIfAbsentAsync(Kinds.ConfigMaps, new V1ConfigMap { Metadata = new() { Name = "m", NamespaceProperty = "a" } });
        var request = await _api.NextAsync();
        Assert.Equal("""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"m","namespace":"a"}}""", Encoding.UTF8.GetString(request.Request.Body.Span));
        request.Refuse(409, "AlreadyExists");
        Assert.False(await create);

        var delete = _api.DeleteAsync(Kinds.ConfigMaps, "a", "m");
        (await _api.NextAsync()).Refuse(404, "NotFound");
        Assert.False(await delete);
    }

    [Fact]
    public async Task Another_refusal_is_thrown()
    {
        var create = _api.CreateIfAbsentAsync(Kinds.ConfigMaps, new V1ConfigMap { Metadata = new() { Name = "m" } }).AsTask();
        (await _api.NextAsync()).Refuse(409, "Conflict", "changed");
        var refusal = await Assert.ThrowsAsync<ApiException>(() => create);
        Assert.Equal((409, "Conflict", "changed"), (refusal.Code, refusal.Reason, refusal.Message));

        var get = _api.GetAsync(Kinds.ConfigMaps, "a", "m").AsTask();
        (await _api.NextAsync()).Reply(502, "<html>bad gateway");
        Assert.Equal("<html>bad gateway", (await Assert.ThrowsAsync<ApiException>(() => get)).Message);
    }

    [Fact]
    public async Task Delete_options_are_sent()
    {
        var delete = _api.DeleteAsync(Kinds.ConfigMaps, "a", "m", new() { PropagationPolicy = "Foreground", GracePeriodSeconds = 0, Uid = "u", ResourceVersion = "7" });
        var request = await _api.NextAsync();
        Assert.Equal(
            """{"apiVersion":"v1","kind":"DeleteOptions","propagationPolicy":"Foreground","gracePeriodSeconds":0,"preconditions":{"uid":"u","resourceVersion":"7"}}""",
            Encoding.UTF8.GetString(request.Request.Body.Span));
        request.Reply(200, """{"kind":"Status","status":"Success"}""");
        Assert.True(await delete);
    }

    [Fact]
    public async Task Only_the_first_page_of_a_list_says_which_version_it_is_of()
    {
        var list = _api.ListAsync(Kinds.ConfigMaps, "a", new() { PageSize = 1, AtVersion = "7" });
        var first = await _api.NextAsync();
        Assert.Equal("/api/v1/namespaces/a/configmaps?limit=1&resourceVersion=7&resourceVersionMatch=Exact", first.Path);
        first.Reply(200, """{"metadata":{"resourceVersion":"7","continue":"t"},"items":[{"metadata":{"name":"m"}}]}""");
        var second = await _api.NextAsync();
        Assert.Equal("/api/v1/namespaces/a/configmaps?limit=1&continue=t", second.Path);
        second.Reply(200, """{"metadata":{"resourceVersion":"7"},"items":[{"metadata":{"name":"n"}}]}""");
        Assert.Equal(["m", "n"], (await list).Items.Select(m => m.Metadata.Name));
    }

    [Fact]
    public async Task Patches_name_their_kind_and_subresource()
    {
        var patch = _api.PatchAsync(Kinds.ConfigMaps, "a", "m", new JsonObject { ["data"] = null }, MediaTypes.StrategicMergePatch, "status");
        var request = await _api.NextAsync();
        Assert.Equal(("PATCH", "/api/v1/namespaces/a/configmaps/m/status", MediaTypes.StrategicMergePatch, """{"data":null}"""),
            (request.Request.Method, request.Path, request.Request.ContentType, Encoding.UTF8.GetString(request.Request.Body.Span)));
        request.Reply(200, Map);
        Assert.Equal("m", (await patch).Metadata.Name);
    }

    [Fact]
    public async Task A_status_that_is_as_it_was_is_not_written()
    {
        V1Pod Pod(string phase) => new() { Metadata = new() { Name = "p", NamespaceProperty = "a" }, Status = new() { Phase = phase, HostIP = "h" } };
        Assert.False(await _api.PatchStatusAsync(Kinds.Pods, Pod("Running"), Pod("Running")));

        var write = _api.PatchStatusAsync(Kinds.Pods, Pod("Running"), Pod("Failed"));
        var request = await _api.NextAsync();
        Assert.Equal("""{"status":{"phase":"Failed"}}""", Encoding.UTF8.GetString(request.Request.Body.Span));
        request.Reply(200, """{"metadata":{"name":"p"}}""");
        Assert.True(await write);
    }
}
