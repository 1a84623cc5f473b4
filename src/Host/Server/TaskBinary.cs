namespace Slipway.Host.Server;

/// <summary>The static program <c>slipway-task</c>, which lies beside this one.</summary>
internal static class TaskBinary
{
    /// <summary>Its path.</summary>
    public static string Path { get; } = System.IO.Path.Combine(AppContext.BaseDirectory, "slipway-task");
}
