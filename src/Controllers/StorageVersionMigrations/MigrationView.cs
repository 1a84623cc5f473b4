using k8s;
using k8s.Models;

namespace Slipway.Controllers;

/// <summary>A StorageVersionMigration reduced to what its controller reads.</summary>
[KubernetesEntity(Group = "storagemigration.k8s.io", Kind = "StorageVersionMigration", ApiVersion = "v1", PluralName = "storageversionmigrations")]
internal sealed class MigrationView : IKubernetesObject<V1ObjectMeta>
{
    public string? ApiVersion { get; set; }
    public string? Kind { get; set; }
    public V1ObjectMeta Metadata { get; set; } = new();
    public MigrationSpecView Spec { get; set; } = new();
    public MigrationStatusView? Status { get; set; }

    /// <summary>Whether it has succeeded or failed.</summary>
    public bool HasEnded => Status?.Conditions?.Exists(c => c is { Type: MigrationStatusView.Succeeded or MigrationStatusView.Failed, Status: "True" }) == true;
}

internal sealed class MigrationSpecView
{
    public MigrationResourceView Resource { get; set; } = new();
}

internal sealed class MigrationResourceView
{
    public string Group { get; set; } = "";
    public string Resource { get; set; } = "";

    /// <summary><c>plural.group</c>, or the plural alone for the core group.</summary>
    public override string ToString() => Group.Length == 0 ? Resource : $"{Resource}.{Group}";
}

internal sealed class MigrationStatusView
{
    public const string Running = "Running";
    public const string Succeeded = "Succeeded";
    public const string Failed = "Failed";

    public List<MigrationCondition>? Conditions { get; set; }

    /// <summary>The revision at which the objects to be migrated were listed.</summary>
    public string? ResourceVersion { get; set; }

    /// <summary>The status in which one condition is true, with upstream's reasons; a migration that has ended runs no longer.</summary>
    /// <param name="before">The status now.</param>
    /// <param name="type">The condition that becomes true.</param>
    /// <param name="message">Why it failed, or empty.</param>
    /// <param name="now">Time of conditions that change.</param>
    public static MigrationStatusView With(MigrationStatusView? before, string type, string message, DateTime now)
    {
        var reason = type switch { Running => "StorageVersionMigrationInProgress", Succeeded => "StorageVersionMigrationSucceeded", _ => "StorageVersionMigrationFailed" };
        var conditions = new List<MigrationCondition>();
        foreach (var known in before?.Conditions ?? [])
            if (known.Type != type)
                conditions.Add(known.Type == Running && known.Status == "True" ? known with { Status = "False", LastTransitionTime = now } : known);
        var old = before?.Conditions?.Find(c => c.Type == type && c.Status == "True");
        conditions.Add(new() { Type = type, Status = "True", Reason = reason, Message = message, LastTransitionTime = old?.LastTransitionTime ?? now });
        return new() { Conditions = conditions, ResourceVersion = before?.ResourceVersion };
    }
}

internal sealed record MigrationCondition
{
    public required string Type { get; init; }
    public required string Status { get; init; }
    public string? Reason { get; init; }
    public string? Message { get; init; }
    public DateTime? LastTransitionTime { get; init; }
}
