using System.Text.Json.Nodes;
using Slipway.Client;

namespace Slipway.Controllers.Tests.StorageVersionMigrations;

public sealed class StorageVersionMigrationTests : ControllersTest
{
    private const string Definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    private const string Migrations = "/apis/storagemigration.k8s.io/v1/storageversionmigrations";
    private static readonly DateTime Now = new(2026, 3, 1, 12, 0, 0, DateTimeKind.Utc);

    private protected override void Register(ControllerHost host) => StorageVersionMigrationController.Register(host);

    [Fact]
    public async Task Objects_are_stored_in_the_new_version_and_the_old_one_may_go()
    {
        await Cluster.CreateAsync(Definitions, $$$"""
            {"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"gates.example.com"},
             "spec":{"group":"example.com","scope":"Namespaced","names":{"plural":"gates","kind":"Gate"},"versions":[{{{Version("v1", isStored: true)}}},{{{Version("v2", isStored: false)}}}]}}
            """);
        foreach (var name in (string[])["a", "b"])
            await Cluster.CreateAsync("/apis/example.com/v1/namespaces/default/gates", $$$"""{"apiVersion":"example.com/v1","kind":"Gate","metadata":{"name":"{{{name}}}"},"spec":{"x":1}}""");
        await Cluster.PatchAsync($"{Definitions}/gates.example.com", $$$"""{"spec":{"versions":[{{{Version("v1", isStored: false)}}},{{{Version("v2", isStored: true)}}}]}}""");

        await MigrateAsync("move", "example.com", "gates");
        var done = await Cluster.WaitAsync(Kinds.StorageVersionMigrations, null, "move", m => m?.HasEnded == true);
        Assert.Equal(["Running False", "Succeeded True"], done!.Status!.Conditions!.Select(c => $"{c.Type} {c.Status}"));
        Assert.NotEqual("", done.Status.ResourceVersion ?? "");

        await Cluster.PatchAsync($"{Definitions}/gates.example.com/status", """{"status":{"storedVersions":["v2"]}}""");
        await Cluster.PatchAsync($"{Definitions}/gates.example.com", $$$"""{"spec":{"versions":[{{{Version("v2", isStored: true)}}}]}}""");
        var left = JsonNode.Parse((await Cluster.Admin.SendForBodyAsync(new("GET", "/apis/example.com/v2/namespaces/default/gates"), TestContext.Current.CancellationToken)).Span)!;
        Assert.Equal(["a", "b"], left["items"]!.AsArray().Select(i => i!["metadata"]!["name"]!.ToString()));
        Assert.All(left["items"]!.AsArray(), i => Assert.DoesNotContain("storage-version-migrator", i!.ToJsonString(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_resource_that_is_not_served_fails_after_a_minute()
    {
        await MigrateAsync("nothing", "example.com", "doors");
        var failed = await Cluster.WhileTimePassesAsync(Cluster.WaitAsync(Kinds.StorageVersionMigrations, null, "nothing", m => m?.HasEnded == true), TimeSpan.FromSeconds(2));
        var condition = Assert.Single(failed!.Status!.Conditions!);
        Assert.Equal(("Failed", "StorageVersionMigrationFailed", "resource not found: doors.example.com is not served, or cannot be listed and patched"), (condition.Type, condition.Reason, condition.Message));
    }

    [Fact]
    public void What_has_ended_runs_no_longer()
    {
        var running = MigrationStatusView.With(null, MigrationStatusView.Running, "", Now);
        var again = MigrationStatusView.With(running, MigrationStatusView.Running, "", Now.AddMinutes(1));
        Assert.Equal([("Running", "True", "StorageVersionMigrationInProgress", Now)], again.Conditions!.Select(c => (c.Type, c.Status, c.Reason, c.LastTransitionTime!.Value)));
        var ended = MigrationStatusView.With(again, MigrationStatusView.Failed, "broken", Now.AddMinutes(2));
        Assert.Equal(
            [("Running", "False", "", Now.AddMinutes(2)), ("Failed", "True", "broken", Now.AddMinutes(2))],
            ended.Conditions!.Select(c => (c.Type, c.Status, c.Message!, c.LastTransitionTime!.Value)));
    }

    private Task<JsonObject> MigrateAsync(string name, string group, string resource) => Cluster.CreateAsync(
        Migrations, $$$"""{"apiVersion":"storagemigration.k8s.io/v1","kind":"StorageVersionMigration","metadata":{"name":"{{{name}}}"},"spec":{"resource":{"group":"{{{group}}}","resource":"{{{resource}}}"} } }""");

    private static string Version(string name, bool isStored) => $$$"""
        {"name":"{{{name}}}","served":true,"storage":{{{(isStored ? "true" : "false")}}},"schema":{"openAPIV3Schema":{"type":"object","properties":{"spec":{"type":"object","properties":{"x":{"type":"integer"} } } } } } }
        """;
}
