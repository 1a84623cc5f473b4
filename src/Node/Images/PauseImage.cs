namespace Slipway.Node.Images;

/// <summary>The image of the container that holds a pod's namespaces: one static program that waits.</summary>
public static class PauseImage
{
    /// <summary>Where <c>slipway-task</c> lies in it.</summary>
    public const string Program = "/slipway-task";

    /// <summary>Composes it around a static binary that is run as <c>slipway-task pause</c>.</summary>
    /// <param name="name">Name under which containerd looks for it.</param>
    /// <param name="binary">Path of the static <c>slipway-task</c>.</param>
    public static OciImage Compose(string name, string binary) => new(name)
    {
        Files = [OciFile.Program(Program, binary)],
        Entrypoint = [Program, "pause"],
        User = "65535:65535",
    };
}
