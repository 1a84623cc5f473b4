using Slipway.Node.Linux;
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
            // Whatever is no directory is a file to the kubelet.
            case "File":
                if (!Path.Exists(path) || Directory.Exists(path))
                    throw Wrong(path, "a file");
                break;
            case "Socket":
                if (FactsOf(path) is not { IsSocket: true })
                    throw Wrong(path, "a socket file");
                break;
            case "CharDevice":
                if (FactsOf(path) is not { IsCharacterDevice: true })
                    throw Wrong(path, "a character device");
                break;
            case "BlockDevice":
                if (FactsOf(path) is not { IsBlockDevice: true })
                    throw Wrong(path, "a block device");
                break;
            default:
                throw new ContainerConfigException($"hostPath.type \"{type}\" is not known");
        }
    }

    private static FileFacts? FactsOf(string path)
    {
        if (!Path.Exists(path))
            return null;
        var opened = Syscalls.Open(path, Syscalls.OpenPath | Syscalls.OpenCloseOnExec);
        try
        {
            return Syscalls.FactsOf(opened);
        }
        finally
        {
            Syscalls.Close(opened);
        }
    }

    private static ContainerConfigException Wrong(string path, string kind) => new($"hostPath type check failed: {path} is not {kind}");
}
