using System.Collections.Frozen;
using Slipway.Api;
using Slipway.ApiServer.Tables.Kinds;

namespace Slipway.ApiServer.Tables;

/// <summary>The tables of the built-in kinds, with the columns that kubectl's users know.</summary>
internal static class KindTables
{
    private static readonly IReadOnlyList<Column> Others = [Column.ObjectName, Column.CreatedAt];

    private static readonly FrozenDictionary<(string Group, string Kind), IReadOnlyList<Column>> Known = new[]
    {
        CoreTables.All, PodTables.All, WorkloadTables.All, NetworkTables.All, StorageTables.All, PolicyTables.All, ClusterTables.All, UsageTables.All,
    }.SelectMany(t => t).ToFrozenDictionary();

    /// <summary>The table of a kind in the form in which it is stored; name and creation for those that have none of their own.</summary>
    public static TableColumns For(ResourceType type) =>
        new KindTable(type, Known.GetValueOrDefault((type.Group, type.Kind)) ?? Others, type is { Group: "", Kind: "Pod" } ? PodTables.Conditions : null);
}
