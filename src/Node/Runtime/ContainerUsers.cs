using System.Text.Json;
using k8s.Models;

namespace Slipway.Node.Runtime;

/// <summary>As whom the first process of a container begins.</summary>
internal static class ContainerUsers
{
    /// <summary>
    /// Reads it off what containerd tells of a container when it is asked for all, which has the configuration that the process was made
    /// by (<see href="https://github.com/opencontainers/runtime-spec/blob/main/config.md#posix-platform-user"/>); null when it does not tell.
    /// </summary>
    /// <param name="info">The document that it gives under the name <c>info</c>.</param>
    public static V1ContainerUser? Of(string? info)
    {
        if (info is null)
            return null;
        try
        {
            using var document = JsonDocument.Parse(info);
            if (!document.RootElement.TryGetProperty("runtimeSpec", out var spec) || !spec.TryGetProperty("process", out var process) || !process.TryGetProperty("user", out var user))
                return null;
            // As Kubernetes has it, the first group is among the others too.
            var (uid, gid) = (Number(user, "uid"), Number(user, "gid"));
            long[] others = user.TryGetProperty("additionalGids", out var more) ? [.. more.EnumerateArray().Select(group => group.GetInt64())] : [];
            return new() { Linux = new() { Uid = uid, Gid = gid, SupplementalGroups = [.. others.Prepend(gid).Distinct()] } };
        }
        catch (Exception other) when (other is JsonException or InvalidOperationException or FormatException)
        {
            return null; // it is told for people, in a form that may change
        }
    }

    private static long Number(JsonElement user, string name) => user.TryGetProperty(name, out var number) ? number.GetInt64() : 0;
}
