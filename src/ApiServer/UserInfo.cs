namespace Slipway.ApiServer;

/// <summary>Who makes a request, as authentication found it.</summary>
/// <param name="Name">User name: a certificate's common name, or <c>system:anonymous</c>.</param>
/// <param name="Groups">Groups: a certificate's organizations, and <c>system:authenticated</c> or <c>system:unauthenticated</c>.</param>
public sealed record UserInfo(string Name, IReadOnlyList<string> Groups)
{
    /// <summary>Group that may do everything.</summary>
    public const string Masters = "system:masters";

    /// <summary>A caller without credentials.</summary>
    public static UserInfo Anonymous { get; } = new("system:anonymous", ["system:unauthenticated"]);

    /// <summary>Whether the user belongs to a group.</summary>
    public bool IsIn(string group) => Groups.Contains(group);
}
