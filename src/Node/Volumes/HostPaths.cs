using Slipway.Node.Pods;

namespace Slipway.Node.Volumes;

/// <summary>Checks a <c>hostPath</c> against its type, making what the type asks to be made.</summary>
internal static class HostPaths
{
    public static void Check(string path, string type)
    {
        switch (type)
        {
            case "":
                break;
            case "DirectoryOrCreate":
                if (File.Exists(path))
                    throw Wrong(path, "a directory");
                Directory.CreateDirectory(path);
                break;
            case "FileOrCreate":
                if (Directory.Exists(path))
                    throw Wrong(path, "a file");
                if (!File.Exists(path))
                    File.WriteAllBytes(path, []);
                break;
            case "Directory":
                if (!Directory.Exists(path))
                    throw Wrong(path, "a directory");
                break;
            default:
                if (!Path.Exists(path) || Directory.Exists(path) || !Matches(new FileInfo(path), type))
                    throw Wrong(path, type switch
                    {
                        "File" => "a file",
                        "Socket" => "a socket",
                        "CharDevice" => "a character device",
                        "BlockDevice" => "a block device",
                        _ => throw new ContainerConfigException($"hostPath.type \"{type}\" is not known"),
                    });
                break;
        }
    }

    // The base library tells regular files from the rest by their attributes.
    private static bool Matches(FileInfo file, string type) => type == "File"
        ? (file.Attributes & (FileAttributes.Device | FileAttributes.Directory)) == 0 && file.UnixFileMode >= 0
        : type is "Socket" or "CharDevice" or "BlockDevice";

    private static ContainerConfigException Wrong(string path, string kind) => new($"hostPath type check failed: {path} is not {kind}");
}
