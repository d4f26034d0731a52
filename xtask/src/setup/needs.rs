//! What each kind of work needs, by Debian package.

use std::env;
use std::path::PathBuf;

use super::presence::{Provides, first_file};

/// One Debian package, what proves that it is there, and what it is for.
#[derive(Debug)]
pub(crate) struct Package {
    pub(crate) name: &'static str,
    pub(crate) provides: Provides,
    pub(crate) why: &'static str,
}

/// A kind of work that needs packages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// Compile the firmware where the toolchain has no library for the chip.
    FirmwareCompiler,
    /// Link the firmware for ARM.
    FirmwareLinker,
    /// Link the firmware for RISC-V.
    FirmwareLinkerRiscv,
    /// Compile the station.
    StationBuild,
    /// A PKCS#11 token in software.
    Token,
    /// Open the station's window.
    Window,
    /// A display of our own.
    Display,
    /// Use the window as a person does, and take its picture.
    Pictures,
    /// OpenSSL's command line.
    Openssl,
    /// OpenSSL's way to a token.
    OpensslEngine,
    /// The other independent programs that the tests let judge our results, and what uses the window for them.
    Referees,
}

impl Need {
    pub(super) fn packages(self) -> &'static [Package] {
        match self {
            Self::FirmwareCompiler => FIRMWARE_COMPILER,
            Self::FirmwareLinker => FIRMWARE_LINKER,
            Self::FirmwareLinkerRiscv => FIRMWARE_LINKER_RISCV,
            Self::StationBuild => STATION_BUILD,
            Self::Token => TOKEN,
            Self::Window => WINDOW,
            Self::Display => DISPLAY,
            Self::Pictures => PICTURES,
            Self::Openssl => OPENSSL,
            Self::OpensslEngine => OPENSSL_ENGINE,
            Self::Referees => REFEREES,
        }
    }
}

/// The PKCS#11 module of the software token: what the user chose, else where it usually is.
pub(crate) fn softhsm_module() -> Option<PathBuf> {
    env::var_os("SOFTHSM2_MODULE")
        .map(PathBuf::from)
        .or_else(|| first_file(SOFTHSM_MODULE))
}

const SOFTHSM_MODULE: &[&str] = &[
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/{multiarch}/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
];

const fn package(name: &'static str, provides: Provides, why: &'static str) -> Package {
    Package {
        name,
        provides,
        why,
    }
}

pub(super) const FIRMWARE_COMPILER: &[Package] = &[
    package(
        "rustc-web",
        Provides::SystemRustc(95),
        "a Rust compiler that builds for the chip",
    ),
    package(
        "rust-web-src",
        Provides::SystemRustSource,
        "the source of its core library, which is built along",
    ),
];

const FIRMWARE_LINKER: &[Package] = &[package(
    "binutils-arm-none-eabi",
    Provides::Command("arm-none-eabi-ld"),
    "links the firmware",
)];

const FIRMWARE_LINKER_RISCV: &[Package] = &[package(
    "binutils-riscv64-unknown-elf",
    Provides::Command("riscv64-unknown-elf-ld"),
    "links the firmware for RISC-V, 32 bits too",
)];

const STATION_BUILD: &[Package] = &[
    package(
        "pkg-config",
        Provides::Command("pkg-config"),
        "finds libraries for the build",
    ),
    package(
        "libudev-dev",
        Provides::PkgConfig("libudev"),
        "debug probes are found through it",
    ),
    package(
        "libwayland-dev",
        Provides::PkgConfig("wayland-client"),
        "the station's window on Wayland",
    ),
    package(
        "libxkbcommon-dev",
        Provides::PkgConfig("xkbcommon"),
        "keyboard layouts in the station's window",
    ),
];

const TOKEN: &[Package] = &[
    package(
        "softhsm2",
        Provides::Command("softhsm2-util"),
        "a PKCS#11 token in software, with the tool to make one",
    ),
    package(
        "libsofthsm2",
        Provides::File(SOFTHSM_MODULE),
        "the PKCS#11 module itself",
    ),
];

const WINDOW: &[Package] = &[
    package(
        "libgl1",
        Provides::SharedLibrary("libGL.so.1"),
        "the window is drawn with OpenGL",
    ),
    package(
        "libegl1",
        Provides::SharedLibrary("libEGL.so.1"),
        "connects OpenGL to the window system",
    ),
    package(
        "libgl1-mesa-dri",
        Provides::File(&[
            "/usr/lib/{multiarch}/dri/swrast_dri.so",
            "/usr/lib64/dri/swrast_dri.so",
            "/usr/lib/dri/swrast_dri.so",
        ]),
        "OpenGL drivers, the software one among them",
    ),
    package(
        "libx11-xcb1",
        Provides::SharedLibrary("libX11-xcb.so.1"),
        "the window on X11",
    ),
    package(
        "libxkbcommon-x11-0",
        Provides::SharedLibrary("libxkbcommon-x11.so.0"),
        "the keyboard on X11",
    ),
    package(
        "libxcursor1",
        Provides::SharedLibrary("libXcursor.so.1"),
        "the mouse pointer on X11",
    ),
    package(
        "libxi6",
        Provides::SharedLibrary("libXi.so.6"),
        "mouse and touch on X11",
    ),
    package(
        "libxrandr2",
        Provides::SharedLibrary("libXrandr.so.2"),
        "the screen's size and scale on X11",
    ),
];

const OPENSSL: &[Package] = &[package(
    "openssl",
    Provides::Command("openssl"),
    "judges certificates, CRLs and signatures, and is measured against",
)];

const OPENSSL_ENGINE: &[Package] = &[package(
    "libengine-pkcs11-openssl",
    Provides::File(&[
        "/usr/lib/{multiarch}/engines-3/pkcs11.so",
        "/usr/lib64/engines-3/pkcs11.so",
    ]),
    "lets `openssl ca`, which is measured against, sign with the token",
)];

const DISPLAY: &[Package] = &[package(
    "xvfb",
    Provides::Command("Xvfb"),
    "a display of our own",
)];

const PICTURES: &[Package] = &[
    package(
        "xdotool",
        Provides::Command("xdotool"),
        "types in the real window",
    ),
    package(
        "imagemagick",
        Provides::Command("import"),
        "takes its picture",
    ),
];

const REFEREES: &[Package] = &[
    package(
        "xdotool",
        Provides::Command("xdotool"),
        "types and clicks in the real window",
    ),
    package(
        "mesa-vulkan-drivers",
        Provides::File(&[
            "/usr/share/vulkan/icd.d/lvp_icd.json",
            "/usr/share/vulkan/icd.d/lvp_icd.x86_64.json",
            "/usr/share/vulkan/icd.d/lvp_icd.aarch64.json",
        ]),
        "draws the window's parts without a display",
    ),
    package(
        "opensc",
        Provides::Command("pkcs11-tool"),
        "looks into the token from outside",
    ),
    package(
        "libnss3",
        Provides::File(&[
            "/usr/lib/{multiarch}/libsoftokn3.so",
            "/usr/lib64/libsoftokn3.so",
            "/usr/lib/libsoftokn3.so",
        ]),
        "a second PKCS#11 module, to run the CA's tests over",
    ),
    package(
        "libnss3-tools",
        Provides::Command("certutil"),
        "makes a token for it",
    ),
    package(
        "gnutls-bin",
        Provides::Command("ocsptool"),
        "a second opinion on certificates and OCSP answers",
    ),
    package(
        "sqlite3",
        Provides::Command("sqlite3"),
        "looks into the database from outside",
    ),
    package(
        "poppler-utils",
        Provides::Command("pdftotext"),
        "reads the PDF documents back",
    ),
    package(
        "qemu-system-arm",
        Provides::Command("qemu-system-arm"),
        "a second opinion on the emulated core",
    ),
    package(
        "qemu-system-misc",
        Provides::Command("qemu-system-riscv32"),
        "a second opinion on the emulated RISC-V core",
    ),
    package(
        "python3",
        Provides::Command("python3"),
        "runs imgtool and other referees",
    ),
    package(
        "python3-venv",
        Provides::PythonModule("ensurepip"),
        "keeps those referees in target/venv",
    ),
];
