using System.Text.Json.Nodes;
using Slipway.Api.Kinds;
using Slipway.Cli.Runs;
using Slipway.Flows;

namespace Slipway.Cli.Artifacts;

/// <summary>What a task of a run, a call or the run itself has left, by the run's record.</summary>
/// <param name="Path">The task, item, round or call; null for the run itself.</param>
/// <param name="Output">Name of the output.</param>
/// <param name="Sha256">Hash of its content.</param>
/// <param name="FileName">The name that a file of it gets.</param>
/// <param name="IsDirectory">Whether it is a directory.</param>
internal sealed record KeptArtifact(TaskPath? Path, string Output, string Sha256, string FileName, bool IsDirectory)
{
    /// <summary>Finds what is meant in the record of a run.</summary>
    /// <exception cref="CommandException">There is nothing of the name, or there are several.</exception>
    public static KeptArtifact Find(JsonObject run, OutputPath wanted)
    {
        var name = (string?)run["name"];
        var left = Attempts(run).Concat(Results(run)).Where(l => l.Path?.Task == wanted.Task?.Task && (l.Path is null || wanted.Task!.Covers(l.Path))).ToList();
        if (left.Count > 1 && left.Select(l => l.Path).Distinct().Count() is > 1 and var count)
            throw new CommandException($"{wanted.Task} ran {count} times in run {name}; say which by its path, such as {left[0].Path}/{wanted.Output}");
        var found = left.Select(l => (l.Path, Output: l.Outputs[wanted.Output] as JsonObject)).FirstOrDefault(l => l.Output is not null);
        return found.Output switch
        {
            null => throw new CommandException($"{(wanted.Task is null ? $"run {name}" : $"{wanted.Task} of run {name}")} has left no {wanted.Output}; \"slipway artifacts list --run {name}\" lists what there is"),
            { } list when list["count"] is { } many => throw new CommandException($"{wanted.Whole} of run {name} is a list of {many} files; \"slipway artifacts list --run {name}\" lists them with the tasks that left them"),
            { } file when file["fileName"] is { } fileName => new(found.Path, wanted.Output, (string)file["sha256"]!, Safe((string?)fileName) ?? wanted.Output, file["fileCount"] is not null),
            var value => new(found.Path, wanted.Output, (string)value["sha256"]!, $"{wanted.Output}.json", IsDirectory: false) { IsWorkedOut = (string?)value["type"] == "Value" },
        };
    }

    /// <summary>Whether it is a value of <c>outputs</c>, which is worked out and lies in no store.</summary>
    public bool IsWorkedOut { get; private init; }

    private static IEnumerable<(TaskPath? Path, JsonObject Outputs)> Attempts(JsonObject run) =>
        from attempt in run["attempts"]!.AsArray().OfType<JsonObject>()
        where (string?)attempt["reason"] == "Succeeded"
        let outputs = (attempt["files"] as JsonObject ?? []).Concat(attempt["values"] as JsonObject ?? []).DistinctBy(o => o.Key)
        select (TaskPath.TryParse((string?)attempt["path"]), new JsonObject(outputs.Select(o => KeyValuePair.Create(o.Key, o.Value?.DeepClone()))));

    private static IEnumerable<(TaskPath? Path, JsonObject Outputs)> Results(JsonObject run) =>
        from output in (run["outputs"] as JsonArray ?? []).OfType<JsonObject>()
        select (TaskPath.TryParse((string?)output["path"]), new JsonObject { [(string)output["name"]!] = output.DeepClone() });

    /// <summary>A file in a directory.</summary>
    /// <exception cref="CommandException">There is no file of the path.</exception>
    public KeptArtifact In(DirectoryManifest list, string path) => list.Entries.FirstOrDefault(e => e.Path == path) is { Sha256: { } sha256 }
        ? this with { Sha256 = sha256, FileName = path[(path.LastIndexOf('/') + 1)..], IsDirectory = false }
        : throw new CommandException($"{(Path is null ? Output : $"{Path}/{Output}")} has no file {path}");

    /// <summary>A name that leads nowhere else; null if it would. Records hold what tasks said.</summary>
    private static string? Safe(string? name) => name is null or "" or "." or ".." || name.Contains('/') || name.Contains('\0') ? null : name;
}
