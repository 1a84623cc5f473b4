using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Api.Cel;
using Slipway.Api.Kinds;

namespace Slipway.Flows;

/// <summary>What a run, or a call in it, has left by the <c>outputs</c> of its flow or template.</summary>
/// <param name="Path">The call; null for the run itself.</param>
/// <param name="Name">Name of the output.</param>
/// <param name="Value">A file, a list of files, or any other value.</param>
/// <param name="End">When it was left.</param>
internal sealed record RunResult(TaskPath? Path, string Name, CelValue Value, DateTimeOffset End)
{
    /// <summary>The value as JSON in one line; null for files, and for what has no JSON form.</summary>
    public string? Json { get; } = Files(Value) ? null : Text(Value);

    /// <summary>The one file that it is; null if it is anything else.</summary>
    public FileRecord? File => (Value as FileValue)?.File;

    /// <summary>As the API shows it: a file or directory as one that a task left; a value with its hash; of a list of files, how many they are.</summary>
    public JsonObject Shown()
    {
        var shown = new JsonObject { ["path"] = Path?.Text ?? "", ["name"] = Name, ["type"] = File is { } file ? file.IsDirectory ? "Directory" : "File" : Json is null ? "Files" : "Value" };
        if (File is { } single)
        {
            foreach (var (field, value) in AttemptJson.File(single))
                shown[field] = value?.DeepClone();
        }
        else if (Json is { } json)
        {
            shown["sha256"] = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(json)));
            shown["value"] = JsonNode.Parse(json);
        }
        else
        {
            shown["count"] = Value is CelList list ? list.Items.Count : 0;
        }

        return shown;
    }

    private static bool Files(CelValue value) => value is FileValue || (value is CelList { Items: { Count: > 0 } items } && items.All(Files));

    private static string? Text(CelValue value)
    {
        try
        {
            return CelJson.ToCompactJson(CelJson.ToJson(value));
        }
        catch (FormatException)
        {
            return null; // such as what a task has not written, in the midst of a list
        }
    }
}

/// <summary>
/// Works out what runs and calls have left: the expressions of <c>outputs</c> over what the ledger has of the tasks. Nothing of it is stored, since the
/// definition and the attempts say it all.
/// </summary>
internal static class LedgerResults
{
    /// <summary>The run's own outputs, then those of its calls.</summary>
    public static IEnumerable<RunResult> Of(RunRecord run, IReadOnlyCollection<AttemptRecord> attempts) => Of(run, RunStarter.DefinitionOf(run), attempts, null);

    /// <summary>The run's own outputs, then those of its calls. What is not asked for is not worked out.</summary>
    /// <param name="run">The run.</param>
    /// <param name="definition">What it worked by.</param>
    /// <param name="attempts">Its attempts.</param>
    /// <param name="call">Only those of this call of the run's flow, and of what it calls; all if null.</param>
    public static IEnumerable<RunResult> Of(RunRecord run, RunDefinition definition, IReadOnlyCollection<AttemptRecord> attempts, string? call)
    {
        // A flow without outputs leaves what its only task leaves, which is listed there.
        var hasOwn = call is null && run.Phase == FlowPhase.Succeeded && definition.Flow.Outputs is not null;
        if (!hasOwn && !definition.Flow.AllTasks.Any(t => IsAsked(t, call)))
            return [];
        var root = GroupState.OfRun(new PlanContext(RunStarter.View(run, definition, attempts, run.Start)));
        return (hasOwn ? Left(root, null, run.End ?? run.Start, root.Output) : []).Concat(InCalls(root, call));
    }

    private static bool IsAsked(FlowTask task, string? call) => task.IsCall && (call is null || task.Name == call);

    private static IEnumerable<RunResult> InCalls(GroupState group, string? call) =>
        from task in @group.Group.AllTasks
        where IsAsked(task, call)
        from item in @group.Of(task.Name).Items.SelectMany(i => i.Earlier.Append(i))
        where item.Calls is not null
        from result in (item.Phase == FlowPhase.Succeeded ? Left(item.Calls!, item.Path, item.End ?? item.Ready, item.Output) : []).Concat(InCalls(item.Calls!, null))
        select result;

    private static IEnumerable<RunResult> Left(GroupState group, TaskPath? path, DateTimeOffset end, Func<bool, string, CelValue?> output)
    {
        var (files, values) = group.Group.Results;
        return from name in files.Keys.Select(k => (IsFile: true, Key: k)).Concat(values.Keys.Select(k => (IsFile: false, Key: k)))
               let value = output(name.IsFile, name.Key)
               where value is not null and not CelError
               select new RunResult(path, name.Key, value!, end);
    }
}
