using System.Reflection;

namespace Slipway.Host;

/// <summary>What this binary is, as the build wrote it.</summary>
internal static class ProductVersion
{
    /// <summary>The API that is served, as Kubernetes numbers it.</summary>
    public const string Kubernetes = "v1.37";

    /// <summary>Slipway's own version.</summary>
    public static string Slipway => Informational.Split('+')[0];

    /// <summary>The commit it was built from.</summary>
    public static string Commit => Informational.Split('+') is [_, var commit] ? commit : "unknown";

    // The SDK appends the commit to the version when it builds in a repository.
    private static string Informational => typeof(ProductVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0";
}
