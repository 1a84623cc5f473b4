using Slipway.Api;
using Slipway.Api.Kinds;
using Slipway.Client;
using Slipway.Flows;

namespace Slipway.Cli.Runs;

/// <summary>Finds the flow that a command names, and its schedule: who types a name waits for no other to be applied.</summary>
internal static class NamedFlow
{
    /// <summary>The flow.</summary>
    /// <exception cref="CommandException">The namespace has none of that name.</exception>
    public static async Task<Flow> GetAsync(ApiConnection connection, string name, CancellationToken cancellation)
    {
        if (await connection.Api.GetAsync(FlowKinds.Flows, connection.Namespace, name, cancellation) is { } flow) return flow;
        var others = await connection.Api.ListAsync(FlowKinds.Flows, connection.Namespace, null, cancellation);
        throw await AbsentName.SayAsync(connection, FlowKinds.Flows, "flow", name, others.Items.Select(f => f.Metadata.Name), "slipway get flows", cancellation);
    }

    /// <summary>A schedule of the flow: the only one, if no name is given.</summary>
    /// <exception cref="CommandException">It has none, none of that name, or several of which one is to be named.</exception>
    public static FlowScheduleEntry Schedule(Flow flow, string? name)
    {
        var entries = FlowScheduleEntry.Of(flow.Spec).ToList();
        if (name is null && entries is [var only]) return only;
        if (entries.Find(e => e.Name == (name ?? FlowScheduleEntry.Default)) is { } entry) return entry;
        var names = entries.Select(e => e.Name).ToList();
        throw new CommandException(entries.Count == 0 ? $"flow {flow.Metadata.Name} has no schedule, whose times could be run; add spec.schedule"
            : name is null ? $"flow {flow.Metadata.Name} has several schedules; choose by --schedule {string.Join(" or ", names)}"
            : $"flow {flow.Metadata.Name} has no schedule \"{name}\"{NearestName.Hint(name, names)}; it has {string.Join(", ", names)}", ExitCodes.Usage);
    }
}
