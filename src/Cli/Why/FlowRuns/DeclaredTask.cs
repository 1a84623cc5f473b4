using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Cli.Why.FlowRuns;

/// <summary>Where a task of a run is declared.</summary>
/// <param name="Flow">Name of the flow.</param>
/// <param name="Path">Path of the task in it, such as <c>spec.templates[0].tasks[2]</c>.</param>
/// <param name="Task">The task; null if it is not found.</param>
/// <param name="Defaults">The defaults of the flow.</param>
internal sealed record DeclaredTask(string Flow, string Path, JsonObject? Task, JsonObject? Defaults)
{
    /// <summary>Follows the calls to a task, such as <c>etl.clean</c>, by the copies that the run has taken.</summary>
    public static DeclaredTask Find(JsonObject run, string task)
    {
        var status = run.Object("status") ?? [];
        var (name, flow) = (run.At("spec.flow").AsText() ?? "", status.Object("flow") ?? []);
        var (group, path) = (flow, "spec");
        JsonObject found = [];
        foreach (var part in task.Split('.'))
        {
            if (found.Text("flow") is { } called)
                (name, flow, group, path) = (called, status.Object("flows")?.Object(called) ?? [], status.Object("flows")?.Object(called) ?? [], "spec");
            else if (found.Text("template") is { } template)
                (group, path) = Entry(flow, "templates", template, "spec");
            (found, path) = Entry(group, "tasks", part, path);
        }

        return new DeclaredTask(name, path, found.Count > 0 ? found : null, flow.Object("defaults"));
    }

    private static (JsonObject Entry, string Path) Entry(JsonObject parent, string list, string name, string path)
    {
        var (index, entry) = parent.Objects(list).Index().FirstOrDefault(e => e.Item.Text("name") == name);
        return (entry ?? [], string.Create(CultureInfo.InvariantCulture, $"{path}.{list}[{index}]"));
    }
}
