using System.Text.Json.Nodes;

namespace Slipway.ApiServer.Tests.Aggregation;

/// <summary>An API server and a server behind it that serves <c>wardle.example.org/v1</c>, once it is registered.</summary>
internal sealed class TestExtensions : IAsyncLifetime
{
    /// <summary>How long a server takes at most to learn of what an extension has changed.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public ExtensionServer Server { get; private set; } = null!;

    public TestApi Api { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Server = await ExtensionServer.StartAsync();
        Server.Answers["/apis/wardle.example.org/v1"] = """{"kind":"APIResourceList","apiVersion":"v1","groupVersion":"wardle.example.org/v1","resources":[{"name":"flunders","singularName":"flunder","namespaced":true,"kind":"Flunder","verbs":["get","list"]}]}""";
        Api = await TestApi.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Api.DisposeAsync();
        await Server.DisposeAsync();
    }

    /// <summary>Makes the APIService of a group's version v1, and the service that leads to its server.</summary>
    public async Task RegisterAsync(string group, ExtensionServer? server = null, string service = "ext")
    {
        server ??= Server;
        (await Api.PostAsync("/api/v1/namespaces/default/services", $$$"""
            {"apiVersion":"v1","kind":"Service","metadata":{"name":"{{{service}}}"},"spec":{"type":"ExternalName","externalName":"localhost","ports":[{"port":{{{server.Port}}}}]} }
            """)).Expect(201);
        (await Api.PostAsync("/apis/apiregistration.k8s.io/v1/apiservices", new JsonObject
        {
            ["apiVersion"] = "apiregistration.k8s.io/v1",
            ["kind"] = "APIService",
            ["metadata"] = new JsonObject { ["name"] = $"v1.{group}" },
            ["spec"] = new JsonObject
            {
                ["group"] = group,
                ["version"] = "v1",
                ["groupPriorityMinimum"] = 100,
                ["versionPriority"] = 100,
                ["insecureSkipTLSVerify"] = true,
                ["service"] = new JsonObject { ["namespace"] = "default", ["name"] = service, ["port"] = server.Port },
            },
        }.ToJsonString())).Expect(201);
    }
}
