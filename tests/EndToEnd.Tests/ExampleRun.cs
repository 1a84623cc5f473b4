using System.Text.Json.Nodes;
using Slipway.Testing;

namespace EndToEnd.Tests;

/// <summary>The example, run once as its README says, for the tests that look at what it left.</summary>
public sealed class ExampleRun(ClusterFixture cluster) : IAsyncLifetime
{
    private const string Flow = "flight-delays";

    /// <summary>What <c>slipway run</c> said.</summary>
    public CommandResult Result { get; private set; } = null!;

    /// <summary>The FlowRun.</summary>
    public JsonNode Run { get; private set; } = null!;

    /// <summary>Its attempts.</summary>
    public IReadOnlyList<JsonNode> Attempts { get; private set; } = [];

    /// <summary>The data set.</summary>
    public static string Source => Repository.Require(Repository.File("artifacts", "flights", "data", "flights-3m.parquet"));

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        var image = Repository.Require(Repository.File("artifacts", "flights", "image"));
        (await cluster.Slipway.RunAsync("image", "build", "-t", "slipway.local/flights:1", image)).Expect();
        Result = await cluster.Slipway.RunAsync("run", Repository.File("examples", "flights", "flow.yaml"));
        Run = await cluster.Slipway.OnlyRunAsync(Flow);
        Attempts = await cluster.Slipway.AttemptsAsync(Flow);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>The last attempt of a task.</summary>
    public JsonNode Last(string task) => Attempts.Last(attempt => (string?)attempt["task"] == task);
}
