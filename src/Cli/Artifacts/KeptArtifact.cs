using System.Text.Json.Nodes;
using Slipway.Api.Kinds;
using Slipway.Cli.Runs;
using Slipway.Flows;

namespace Slipway.Cli.Artifacts;

/// <summary>What a task of a run has left, by the run's record.</summary>
/// <param name="Path">The task, item or round.</param>
/// <param name="Output">Name of the output.</param>
/// <param name="Sha256">Hash of its content.</param>
/// <param name="FileName">The name that a file of it gets.</param>
/// <param name="IsDirectory">Whether it is a directory.</param>
internal sealed record KeptArtifact(TaskPath Path, string Output, string Sha256, string FileName, bool IsDirectory)
{
    /// <summary>Finds what is meant in the record of a run.</summary>
    /// <exception cref="CommandException">There is nothing of the name, or there are several.</exception>
    public static KeptArtifact Find(JsonObject run, OutputPath wanted)
    {
        var name = (string?)run["name"];
        var attempts = run["attempts"]!.AsArray().OfType<JsonObject>().Where(a => (string?)a["reason"] == "Succeeded")
            .Select(a => (Path: TaskPath.TryParse((string?)a["path"])!, Record: a))
            .Where(a => wanted.Task.Covers(a.Path) && a.Path.Task == wanted.Task.Task).ToList();
        if (attempts.Count > 1)
            throw new CommandException($"{wanted.Task} ran {attempts.Count} times in run {name}; say which by its path, such as {attempts[0].Path}/{wanted.Output}");
        if (attempts is [var (path, record)])
        {
            if (record["files"]?[wanted.Output!] is { } file)
                return new(path, wanted.Output!, (string)file["sha256"]!, Safe((string?)file["fileName"]) ?? wanted.Output!, file["fileCount"] is not null);
            if (record["values"]?[wanted.Output!] is { } value)
                return new(path, wanted.Output!, (string)value["sha256"]!, $"{wanted.Output}.json", IsDirectory: false);
        }

        throw new CommandException($"{wanted.Task} of run {name} has left no {wanted.Output}; \"slipway artifacts list --run {name}\" lists what its tasks left");
    }

    /// <summary>A file in a directory.</summary>
    /// <exception cref="CommandException">There is no file of the path.</exception>
    public KeptArtifact In(DirectoryManifest list, string path) => list.Entries.FirstOrDefault(e => e.Path == path) is { Sha256: { } sha256 }
        ? this with { Sha256 = sha256, FileName = path[(path.LastIndexOf('/') + 1)..], IsDirectory = false }
        : throw new CommandException($"{Path}/{Output} has no file {path}");

    /// <summary>A name that leads nowhere else; null if it would. Records hold what tasks said.</summary>
    private static string? Safe(string? name) => name is null or "" or "." or ".." || name.Contains('/') || name.Contains('\0') ? null : name;
}
