using System.Text.Json;
using Slipway.Api.Kinds;

namespace Slipway.Flows;

/// <summary>What the ledger holds of a run.</summary>
public sealed record RunRecord
{
    /// <summary>The message of a run that was deleted while it was under way.</summary>
    public const string DeletedMessage = "the run was deleted before it ended";

    private const string StoppedBy = "the run was stopped by ";

    /// <summary>The message of a run that somebody has stopped.</summary>
    public static string StoppedMessage(RunStop stop) => $"{StoppedBy}{stop.By}{(string.IsNullOrEmpty(stop.Message) ? "" : $": {stop.Message}")}";

    /// <summary>Whether somebody wanted its end: it was stopped or deleted.</summary>
    public bool IsAborted => Phase == FlowPhase.Failed && (Message == DeletedMessage || Message.StartsWith(StoppedBy, StringComparison.Ordinal));

    /// <summary>Whether it is of a test.</summary>
    public bool IsTest => Cause is { } cause && JsonSerializer.Deserialize(cause, KindsJson.Default.RunCause)?.Type == RunCause.Test;

    /// <summary>Uid of the FlowRun.</summary>
    public required string Uid { get; init; }

    /// <summary>Namespace of the FlowRun.</summary>
    public required string Namespace { get; init; }

    /// <summary>Name of the FlowRun.</summary>
    public required string Name { get; init; }

    /// <summary>Name of the flow.</summary>
    public required string Flow { get; init; }

    /// <summary>The parameters as JSON.</summary>
    public string Params { get; init; } = "{}";

    /// <summary>The interval of data that it was for, as JSON; null for none.</summary>
    public string? Interval { get; init; }

    /// <summary>Who started it and why: a <see cref="RunCause"/> as JSON; null if that is not known.</summary>
    public string? Cause { get; init; }

    /// <summary>The flow as the run took it, as JSON.</summary>
    public string Spec { get; init; } = "{}";

    /// <summary>The flows that it calls, as the run took them: JSON by name.</summary>
    public string Flows { get; init; } = "{}";

    /// <summary>The declared store in which what it leaves is kept; null for the node's own. It is written, and not read back: the flow as the run took it says the same.</summary>
    public string? Store { get; init; }

    /// <summary>Running, Succeeded or Failed.</summary>
    public required string Phase { get; init; }

    /// <summary>Why it failed, in one line.</summary>
    public string Message { get; init; } = "";

    /// <summary>When it started.</summary>
    public required DateTimeOffset Start { get; init; }

    /// <summary>When it ended; null while it runs.</summary>
    public DateTimeOffset? End { get; init; }
}
