using Slipway.Cli;

namespace Slipway.Host.Clusters;

/// <summary>Names of clusters: DNS labels of at most 40 characters, because they become parts of other names.</summary>
internal static class ClusterName
{
    /// <summary>The cluster that commands mean when none is named.</summary>
    public const string Default = "default";

    private const int MaxLength = 40;

    /// <summary>What is wrong with a name; null if nothing is.</summary>
    public static string? Fault(string name) => name switch
    {
        "" => "is empty",
        { Length: > MaxLength } => $"has {name.Length} characters; at most {MaxLength} are possible",
        _ when name.Any(c => c is not ((>= 'a' and <= 'z') or (>= '0' and <= '9') or '-')) => "may hold only lower-case letters, digits and hyphens",
        _ when name[0] == '-' || name[^1] == '-' => "must begin and end with a letter or digit",
        _ => null,
    };

    /// <summary>The name itself, if it is one.</summary>
    /// <exception cref="CommandException">It is none.</exception>
    public static string Check(string name) =>
        Fault(name) is { } fault ? throw new CommandException($"the cluster name \"{name}\" {fault}", ExitCodes.Usage) : name;
}
