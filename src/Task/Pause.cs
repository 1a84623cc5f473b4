namespace Slipway.Wrapper;

/// <summary>
/// The process of a pod's sandbox: holds its namespaces open, reaps what containers leave behind when they share the
/// process namespace, and ends when it is asked to.
/// </summary>
internal static class Pause
{
    public static int Run()
    {
        while (true)
        {
            while (Libc.wait4(-1, out _, Libc.WNOHANG, out _) > 0)
            {
            }

            if (Signals.Wait(null) is Libc.SIGTERM or Libc.SIGINT)
                return 0;
        }
    }
}
